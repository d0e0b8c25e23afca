import * as z from 'zod';
import { LOCAL_ACCOUNT } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';
import type { AwsOperation } from '../shared/aws-json.ts';
import { pageOf } from '../shared/page.ts';
import { parseInput } from '../shared/parse-input.ts';
import { batchEntries, ENTRY, runBatch } from './batch.ts';
import { type Queue, queueSettings } from './queue.ts';
import { handleOf, type Queues } from './queues.ts';
import { receiveMessage } from './receive-message.ts';
import { digests, parseMessage } from './send-message.ts';

/** Bytes of one message, and of all messages of a batch. */
const MAX_BATCH_BYTES = 1_048_576;

const INVALID = 'InvalidParameterValue';
const addressed = z.object({ QueueUrl: z.string().min(1) });
const named = z.strictObject({
  QueueName: z.string(),
  QueueOwnerAWSAccountId: z.literal(LOCAL_ACCOUNT).optional(),
});
const handled = z.strictObject({ ...ENTRY, ReceiptHandle: z.string().min(1) });
const timed = handled.extend({ VisibilityTimeout: z.number().int().min(0).max(43_200) });
const created = z.strictObject({
  QueueName: z.string(),
  Attributes: z.record(z.string(), z.string()).default({}),
  // No call tells them.
  tags: z.record(z.string(), z.string()).optional(),
});
const purged = z.strictObject({ QueueUrl: z.string() });
const asked = purged.extend({ AttributeNames: z.array(z.string()).default([]) });
const listed = z.strictObject({
  QueueNamePrefix: z.string().default(''),
  // Without it a list ends after a thousand, with no token.
  MaxResults: z.number().int().min(1).max(1000).optional(),
  NextToken: z.string().optional(),
});

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html */
export function sqsOperations(
  queues: Queues,
  queueUrl: (name: string) => string,
): Record<string, AwsOperation> {
  /** Only the last part of an address counts: clients may reach this port by any name. */
  const queueOf = (input: unknown): Queue => {
    const { QueueUrl: url } = parseInput(addressed, input, INVALID);
    return queues.find(url.slice(url.lastIndexOf('/') + 1));
  };
  const setVisibility = (queue: Queue, input: unknown) => {
    const { ReceiptHandle, VisibilityTimeout } = parseInput(timed, input, INVALID);
    queues.setVisibility(queue, ReceiptHandle, VisibilityTimeout * 1000);
    return {};
  };
  const handleIn = (input: unknown): string => {
    const { ReceiptHandle } = parseInput(handled, input, INVALID);
    handleOf(ReceiptHandle);
    return ReceiptHandle;
  };
  return {
    CreateQueue: (input) => {
      const { QueueName: name, Attributes } = parseInput(created, input, INVALID);
      const settings = parseInput(queueSettings.strict(), Attributes, 'InvalidAttributeName');
      if (!queues.has(name)) queues.create(name, settings);
      return { QueueUrl: queueUrl(name) };
    },
    GetQueueUrl: (input) => {
      const { QueueName: name } = parseInput(named, input, INVALID);
      return { QueueUrl: queueUrl(queues.find(name).name) };
    },
    ListQueues: (input) => {
      const query = parseInput(listed, input, INVALID);
      const { QueueNamePrefix: prefix, MaxResults: limit = 1000 } = query;
      const names = queues.list().map(({ name }) => name);
      const all = names.filter((name) => name.startsWith(prefix));
      const { shown, next } = pageOf(all, limit, query.NextToken, INVALID);
      return { QueueUrls: shown.map(queueUrl), ...(query.MaxResults && { NextToken: next }) };
    },
    GetQueueAttributes: (input) => {
      const all = queueAttributes(queueOf(input), queues);
      const { AttributeNames: names } = parseInput(asked, input, INVALID);
      const unknown = names.find((name) => name !== 'All' && !Object.hasOwn(all, name));
      if (unknown) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
      const chosen = Object.entries(all).filter(
        ([name, value]) => value !== undefined && (names.includes('All') || names.includes(name)),
      );
      return { Attributes: Object.fromEntries(chosen) };
    },
    PurgeQueue: (input) => queues.purge(queueOf(parseInput(purged, input, INVALID))),
    SendMessage: async (input) => {
      const queue = queueOf(input);
      const message = parseMessage(queue, input);
      const [MessageId] = await queues.send(queue, [message]);
      return { MessageId, ...digests(message) };
    },
    SendMessageBatch: async (input) => {
      const queue = queueOf(input);
      checkBatchSize(batchEntries(input));
      const accepted: ReturnType<typeof parseMessage>[] = [];
      const { Successful, Failed } = runBatch(input, (entry) => {
        const message = parseMessage(queue, entry);
        accepted.push(message);
        return digests(message);
      });
      const ids = await queues.send(queue, accepted);
      return { Successful: Successful.map((s, i) => ({ ...s, MessageId: ids[i] })), Failed };
    },
    ReceiveMessage: (input, signal) => receiveMessage(queues, queueOf(input), input, signal),
    DeleteMessage: (input) => queues.delete(queueOf(input), [handleIn(input)]),
    DeleteMessageBatch: async (input) => {
      const queue = queueOf(input);
      const handles: string[] = [];
      const results = runBatch(input, (entry) => {
        handles.push(handleIn(entry));
        return {};
      });
      await queues.delete(queue, handles);
      return results;
    },
    ChangeMessageVisibility: (input) => setVisibility(queueOf(input), input),
    ChangeMessageVisibilityBatch: (input) => {
      const queue = queueOf(input);
      return runBatch(input, (entry) => setVisibility(queue, entry));
    },
  };
}

function queueAttributes(queue: Queue, queues: Queues): Record<string, string | undefined> {
  const { visible, inFlight, delayed } = queues.counts(queue);
  const { RedrivePolicy: redrive } = queue;
  const created = String(Math.floor(queue.created / 1000));
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: created,
    LastModifiedTimestamp: created,
    DelaySeconds: String(queue.DelaySeconds),
    MaximumMessageSize: String(queue.MaximumMessageSize),
    MessageRetentionPeriod: String(queue.MessageRetentionPeriod),
    ReceiveMessageWaitTimeSeconds: String(queue.ReceiveMessageWaitTimeSeconds),
    VisibilityTimeout: String(queue.VisibilityTimeout),
    RedrivePolicy: redrive && JSON.stringify(redrive),
  };
}

function checkBatchSize(entries: readonly Readonly<Record<string, unknown>>[]): void {
  const bytes = entries.reduce((sum, { MessageBody: b }) => sum + Buffer.byteLength(`${b}`), 0);
  if (bytes > MAX_BATCH_BYTES) {
    throw new AwsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
    );
  }
}

/** Address of a queue below an origin such as `http://127.0.0.1:4566`. */
export const queueAddress = (origin: string, name: string) => `${origin}/${LOCAL_ACCOUNT}/${name}`;
