import { callAws } from '../../shared/aws-call.ts';
import { chunksOf } from '../../shared/chunks.ts';
import { getItem, key, putMany } from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { platformTableName } from '../endpoints/endpoint-store.ts';
import type { Result } from './batch-results.ts';

/** Predictions are found by their key for so long. */
const KEPT_SECONDS = 30 * 86_400;

const lookupKey = (batchId: string, name: string) => ({
  pk: key('PREDICTION', batchId, name),
  sk: 'ROW',
});

/** Of several rows with one key the last one stays. */
export async function putLookups(
  batchId: string,
  rows: readonly { readonly key: string; readonly result: Result }[],
): Promise<void> {
  const expiresAt = Math.floor(Date.now() / 1000) + KEPT_SECONDS;
  const byKey = new Map(rows.map(({ key: name, result }) => [name, result]));
  await putMany(
    platformTableName(),
    [...byKey].map(([name, result]) => ({
      ...lookupKey(batchId, name),
      type: 'prediction',
      expiresAt,
      ...result,
    })),
  );
}

export const findPrediction = (batchId: string, name: string): Promise<Result | undefined> =>
  getItem<Result>(platformTableName(), lookupKey(batchId, name));

/** A batch of ten messages may have 256 KiB in all. */
const MESSAGE_BYTES = 24 * 1024;
const MESSAGES = 10;

/** Sends results as messages of as many rows as fit: `{"batch_id", "part", "rows"}`. */
export async function sendResults(
  queue: string,
  about: { readonly batch_id: string; readonly part: number },
  results: readonly Result[],
): Promise<void> {
  const QueueUrl = await addressOf(queue);
  const head = JSON.stringify(about).slice(0, -1);
  const messages = inMessages(results).map((rows) => `${head},"rows":[${rows.join(',')}]}`);
  for (const some of chunksOf(messages, MESSAGES)) {
    const Entries = some.map((MessageBody, i) => ({ Id: String(i), MessageBody }));
    const { Failed = [] } = await callSqs('SendMessageBatch', { QueueUrl, Entries });
    if (Failed.length > 0) throw new Error(`Queue ${queue} took no message: ${Failed[0]?.Message}`);
  }
}

function inMessages(results: readonly Result[]): string[][] {
  const messages: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const result of results) {
    const text = JSON.stringify(result);
    const length = Buffer.byteLength(text) + 1;
    if (bytes + length > MESSAGE_BYTES) {
      messages.push([]);
      bytes = 0;
    }
    messages.at(-1)?.push(text);
    bytes += length;
  }
  return messages;
}

const addresses = new Map<string, Promise<string>>();

/** Throws INVALID_PARAMETER_VALUE when there is no queue of this name. */
async function addressOf(queue: string): Promise<string> {
  const known =
    addresses.get(queue) ??
    callSqs('GetQueueUrl', { QueueName: queue }).then(({ QueueUrl = '' }) => QueueUrl);
  addresses.set(queue, known);
  known.catch(() => addresses.delete(queue));
  return known.catch((error: unknown) => {
    if (!(error instanceof Error) || !/NonExistentQueue|QueueDoesNotExist/.test(error.message)) {
      throw error;
    }
    throw invalid(`There is no queue ${queue}`);
  });
}

interface SqsOutput {
  readonly QueueUrl?: string;
  readonly Failed?: readonly { readonly Message?: string }[];
}

/** SQS's JSON protocol. */
async function callSqs(operation: string, input: object): Promise<SqsOutput> {
  const answer = await callAws({
    service: 'sqs',
    method: 'POST',
    path: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`SQS: ${operation}: ${answer.status} ${text.slice(0, 500)}`);
  return JSON.parse(text) as SqsOutput;
}
