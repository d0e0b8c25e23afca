import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { requiredEnv } from '../../shared/env.ts';

let client: LambdaClient | undefined;

/** Has the function of the tasks end the tokens of an execution: this one has no business with tokens. */
export async function askToEndTokens(executionId: string): Promise<void> {
  client ??= new LambdaClient({});
  const payload = { task: 'end-tokens', input: { execution_id: executionId } };
  const { FunctionError: failed } = await client.send(
    new InvokeCommand({
      FunctionName: requiredEnv('PIPELINES_TASKS_FUNCTION'),
      Payload: Buffer.from(JSON.stringify(payload)),
    }),
  );
  if (failed) throw new Error(`The tokens of execution ${executionId} could not be ended`);
}
