import { join } from 'node:path';
import type { AwsService, Lifecycle, ResourceProvider } from '../service.ts';
import { parseArn } from '../shared/arn.ts';
import { awsJsonService } from '../shared/aws-json.ts';
import { parseProperties } from '../shared/parse-input.ts';
import { UnsupportedError } from '../shared/properties.ts';
import type { Message } from './message-store.ts';
import { queueSettings } from './queue.ts';
import { Queues, type ReceiveOptions, stringAttributes } from './queues.ts';
import { queueAddress, sqsOperations } from './sqs-api.ts';

export type { Message } from './message-store.ts';
export { queueRecord } from './receive-message.ts';

interface SqsOptions {
  readonly dataDir: string;
  /** Origin of the AWS port, for queue addresses: `http://127.0.0.1:4566`. */
  readonly awsUrl: () => string;
}

/** Puts a message into a queue; resolves once it is durable. Throws `QueueDoesNotExist`. */
type SendToQueue = (
  queueArn: string,
  body: string,
  options?: {
    readonly attributes?: Readonly<Record<string, string>> | undefined;
    /** Whose message it is: a queue is fair to groups. */
    readonly group?: string | undefined;
  },
) => Promise<void>;

/** The queues as other services of this process use them. */
export interface QueueApi {
  readonly send: SendToQueue;
  /**
   * Up to `max` messages, waiting for the first; they stay hidden for the queue's timeout. Until `delete`
   * or `fail` tells what came of one, its receive counts only as long as this process lives.
   */
  receive(queueArn: string, max: number, waitMs: number, signal?: AbortSignal): Promise<Message[]>;
  delete(queueArn: string, receiptHandles: readonly string[]): Promise<void>;
  /** These were tried and not handled. */
  fail(queueArn: string, receiptHandles: readonly string[]): void;
}

export interface SqsService extends AwsService, Lifecycle {
  readonly queues: QueueApi;
  readonly providers: readonly ResourceProvider[];
  /** Drops every message. */
  reset(): void;
}

const MEMBERS = Object.fromEntries(Object.keys(queueSettings.shape).map((name) => [name, true]));

/** Standard queues on this machine, durable in `sqs.db`. */
export function createSqs(options: SqsOptions): SqsService {
  const queues = new Queues(join(options.dataDir, 'sqs.db'));
  const byArn = (queueArn: string) => queues.find(parseArn(queueArn).resource);
  const url = (name: string) => queueAddress(options.awsUrl(), name);

  const provider: ResourceProvider = {
    type: 'AWS::SQS::Queue',
    properties: {
      ...(MEMBERS as Record<string, true>),
      QueueName: true,
      KmsMasterKeyId: 'ignored',
      KmsDataKeyReusePeriodSeconds: 'ignored',
      SqsManagedSseEnabled: 'ignored',
      RedriveAllowPolicy: 'ignored',
      Tags: 'ignored',
    },
    create: (logicalId, properties) => {
      const settings = parseProperties(logicalId, queueSettings, properties);
      try {
        const queue = queues.declare(String(properties.QueueName ?? logicalId), settings);
        const address = url(queue.name);
        const attributes = { Arn: queue.arn, QueueName: queue.name, QueueUrl: address };
        return { ref: address, attributes };
      } catch (error) {
        throw new UnsupportedError(`${logicalId}: ${error instanceof Error ? error.message : ''}`);
      }
    },
  };

  const api: QueueApi = {
    send: async (queueArn, body, { attributes = {}, group } = {}) => {
      const message = { body, attributes: stringAttributes(attributes), group };
      const queue = byArn(queueArn);
      await queues.send(queue, [{ ...message, delayMs: queue.DelaySeconds * 1000 }]);
    },
    receive: (queueArn, max, waitMs, signal) => {
      const receive: ReceiveOptions = { max, waitMs, local: true, ...(signal && { signal }) };
      return queues.receive(byArn(queueArn), receive);
    },
    delete: async (queueArn, receiptHandles) => queues.delete(byArn(queueArn), receiptHandles),
    fail: (queueArn, receiptHandles) => {
      const queue = byArn(queueArn);
      queues.fail(queue, receiptHandles);
    },
  };

  return {
    ...awsJsonService({
      signingName: 'sqs',
      version: '1.0',
      operations: sqsOperations(queues, url),
    }),
    providers: [provider],
    queues: api,
    reset: () => queues.purge(),
    start: async () => queues.start(),
    stop: async () => queues.stop(),
  };
}
