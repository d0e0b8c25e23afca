import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

let client: LambdaClient | undefined;

interface InvokeResult {
  /** JSON text of the answer, or of `{errorType, errorMessage}`. */
  readonly text: string;
  /** Set when the function failed. */
  readonly functionError?: string;
}

/** Calls a function of the platform and waits for its answer. */
export async function invokeFunction(name: string, event: object): Promise<InvokeResult> {
  client ??= new LambdaClient({});
  const output = await client.send(
    new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)) }),
  );
  return {
    text: Buffer.from(output.Payload ?? []).toString('utf8'),
    ...(output.FunctionError !== undefined && { functionError: output.FunctionError }),
  };
}
