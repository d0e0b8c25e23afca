import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { invalid } from '../../shared/errors.ts';
import { guardedPost } from '../../shared/http/guarded-request.ts';

const TIMEOUT_MS = 60_000;

let client: LambdaClient | undefined;

/** Invokes a function that checks versions and answers its JSON. */
export async function invokeCheckFunction(arn: string, payload: object): Promise<unknown> {
  client ??= new LambdaClient({});
  const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
  const output = await client
    .send(new InvokeCommand({ FunctionName: arn, Payload: Buffer.from(JSON.stringify(payload)) }), {
      abortSignal,
    })
    .catch((error: unknown) => {
      throw abortSignal.aborted ? new Error(`No answer within ${TIMEOUT_MS} ms`) : error;
    });
  const text = Buffer.from(output.Payload ?? []).toString('utf8');
  if (output.FunctionError) throw invalid(`The check's function failed: ${text}`);
  return JSON.parse(text);
}

/** Posts to a service that checks versions and answers its JSON; redirects are not followed. */
export async function postCheck(url: string, payload: object): Promise<unknown> {
  const answer = await guardedPost(url, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
    timeoutMs: TIMEOUT_MS,
  });
  if (answer.status < 200 || answer.status > 299) {
    throw invalid(`The check's service answered ${answer.status}`);
  }
  return JSON.parse(answer.body);
}
