import type { SQSClient } from '@aws-sdk/client-sqs';
import { getItem, key, putMany } from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { platformTableName } from '../endpoint-store.ts';
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
      ...{ type: 'prediction', expiresAt, ...result },
    })),
  );
}

export const findPrediction = (batchId: string, name: string): Promise<Result | undefined> =>
  getItem<Result>(platformTableName(), lookupKey(batchId, name));

/** A batch of ten messages may have 256 KiB in all. */
const MESSAGE_BYTES = 24 * 1024;
const MESSAGES = 10;

let client: SQSClient | undefined;
const addresses = new Map<string, Promise<string>>();

/** Sends results as messages of as many rows as fit: `{"batch_id", "part", "rows"}`. */
export async function sendResults(
  queue: string,
  about: { readonly batch_id: string; readonly part: number },
  results: readonly Result[],
): Promise<void> {
  const { SendMessageBatchCommand } = await import('@aws-sdk/client-sqs');
  const QueueUrl = await addressOf(queue);
  const messages = inMessages(results).map(
    (rows) => `${JSON.stringify(about).slice(0, -1)},"rows":[${rows.join(',')}]}`,
  );
  for (let first = 0; first < messages.length; first += MESSAGES) {
    const Entries = messages
      .slice(first, first + MESSAGES)
      .map((MessageBody, i) => ({ Id: String(i), MessageBody }));
    const { Failed = [] } =
      (await client?.send(new SendMessageBatchCommand({ QueueUrl, Entries }))) ?? {};
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

/** Throws INVALID_PARAMETER_VALUE when there is no queue of this name. */
export async function addressOf(queue: string): Promise<string> {
  const { GetQueueUrlCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  client ??= new SQSClient({});
  const known =
    addresses.get(queue) ??
    client.send(new GetQueueUrlCommand({ QueueName: queue })).then(({ QueueUrl = '' }) => QueueUrl);
  addresses.set(queue, known);
  try {
    return await known;
  } catch (error) {
    addresses.delete(queue);
    if (error instanceof Error && /NonExistentQueue|QueueDoesNotExist/.test(error.name)) {
      throw invalid(`There is no queue ${queue}`);
    }
    throw error;
  }
}
