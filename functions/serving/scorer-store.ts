import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { requiredEnv } from '../shared/env.ts';
import type { PrepareEvent, PrepareResult } from './invoke/prepare-model.ts';

let client: LambdaClient | undefined;

/** Errors of the function's environment: loading this artefact killed it or took too long. */
const KILLED = /^(Sandbox|Runtime)\./;

/**
 * Has the data path load a version and predict its input example. Returns why it cannot, or
 * undefined when it can. Throws when the attempt says nothing about the version.
 */
export async function prepareVersion(
  version: PrepareEvent['prepare'],
): Promise<string | undefined> {
  client ??= new LambdaClient({});
  const event: PrepareEvent = { prepare: version };
  const output = await client.send(
    new InvokeCommand({
      FunctionName: requiredEnv('SERVING_INVOKE_FUNCTION'),
      Payload: Buffer.from(JSON.stringify(event)),
    }),
  );
  const text = Buffer.from(output.Payload ?? []).toString('utf8');
  if (output.FunctionError === undefined) return (JSON.parse(text) as PrepareResult).problem;
  const error = JSON.parse(text) as { errorType?: string; errorMessage?: string };
  const message = `the scorer failed: ${error.errorMessage ?? output.FunctionError}`;
  if (KILLED.test(error.errorType ?? '')) return message;
  throw new Error(message);
}
