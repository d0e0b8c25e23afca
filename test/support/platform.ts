import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';
import type { OutboxRow } from '../../functions/events/outbox.ts';
import { BUCKET, type ExecutionFailure, executionArn } from './aws/function-services.ts';
import { callApi, callForText } from './call-api.ts';
import { outboxRows } from './outbox.ts';
import { PATIENCE_MS } from './patience.ts';
import { startAwsServices } from './platform/aws-services.ts';
import {
  consume,
  deliverEvent,
  type Functions,
  invokeFunction,
  loadFunctions,
} from './platform/functions.ts';
import { LogStream } from './platform/log-stream.ts';
import type { Train } from './platform/training.ts';

export type { Train, TrainingRequest } from './platform/training.ts';

/** The order and number in which events are delivered; by default each once, in order. */
export type Delivery = (rows: readonly OutboxRow[]) => readonly OutboxRow[];

/**
 * Serving, monitoring and pipelines as deployed, with the real engine, S3 and Step Functions. Only
 * the bus, the stream and the training program are the test's.
 */
export async function startPlatform(options: { train?: Train } = {}) {
  const training: { train: Train } = {
    train: options.train ?? (() => Promise.reject(new Error('No training here'))),
  };
  let loaded: Functions | undefined;
  const services = await startAwsServices({
    training,
    invoke: (name, payload) => invokeFunction(loaded, name, payload),
    onSchedule: (message) => consume(loaded?.['pipelines-triggers'], message),
  });
  const functions = await loadFunctions();
  loaded = functions;
  const client = new DynamoDBClient({});
  const s3Client = new S3Client({});
  const sfn = new SFNClient({});
  const stream = new LogStream(client);
  const delivered = new Set<string>();
  const api =
    (name: keyof Functions) =>
    <Body = unknown>(method: string, path: string, body?: object) =>
      callApi<Body>(functions[name] as never, method, path, body);

  /** Delivers events until none is left. */
  const settle = async (delivery: Delivery = (rows) => rows) => {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
      const rows = [
        ...(await outboxRows('registry', delivered)),
        ...(await outboxRows('platform', delivered)),
      ];
      const failures = services.failures.splice(0);
      if (rows.length === 0 && failures.length === 0) return;
      for (const failure of failures) await bringFailure(functions, failure);
      for (const row of delivery(rows)) await deliverEvent(functions, row);
      for (const row of rows) delivered.add(row.pk);
    }
    throw new Error('The events do not come to an end');
  };

  return {
    /** Replaces what the training program does. */
    training,
    put: (key: string, body: string | Buffer) =>
      s3Client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body })),
    /** What lies below a prefix of the bucket: contents by key. */
    files: async (Prefix: string): Promise<Map<string, Buffer>> => {
      const listed = await s3Client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
      const found = new Map<string, Buffer>();
      for (const { Key = '' } of listed.Contents ?? []) {
        const { Body } = await s3Client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
        found.set(Key, Buffer.from((await Body?.transformToByteArray()) ?? []));
      }
      return found;
    },
    serving: api('serving'),
    approvals: api('approvals'),
    dataPath: api('serving-invoke'),
    monitoring: api('monitoring'),
    pipelines: api('pipelines'),
    /** Calls an endpoint as an application does. */
    invoke: async (name: string, body: object | string, headers: Record<string, string> = {}) => {
      const path = `/serving-endpoints/${name}/invocations`;
      const handler = functions['serving-invoke'] as never;
      const { text, ...answer } = await callForText(handler, 'POST', path, body, headers);
      return { ...answer, body: JSON.parse(text) as InvocationBody };
    },
    /** Brings the watcher what was logged since, as the table's stream does. */
    watch: async (options: { times?: number } = {}) => {
      const Records = await stream.next();
      for (let i = 0; i < (options.times ?? 1) && Records.length > 0; i++) {
        await functions['monitoring-watch']({ Records } as never, {} as Context);
      }
    },
    /** Brings a message to the function that starts pipelines, as its queues do. */
    trigger: (message: object) => consume(functions['pipelines-triggers'], message),
    /** Brings a failed execution to the function of its domain, as its rule does: twice. */
    fail: (failure: ExecutionFailure) => bringFailure(functions, failure),
    /** Stops an execution as somebody does in AWS's console. */
    stopExecution: (machine: string, name: string, why: object = {}) =>
      sfn.send(new StopExecutionCommand({ executionArn: executionArn(machine, name), ...why })),
    /** What has become of an execution. */
    executionStatus: async (machine: string, name: string) => {
      const described = new DescribeExecutionCommand({ executionArn: executionArn(machine, name) });
      return (await sfn.send(described)).status;
    },
    settle,
    /** Delivers events until what is read is as it should be. */
    settleUntil: async <T>(
      read: () => Promise<T>,
      holds: (found: T) => boolean,
      delivery?: Delivery,
    ): Promise<T> => {
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(10)) {
        await settle(delivery);
        const found = await read();
        if (holds(found)) return found;
      }
      throw new Error(`It stays as it is: ${JSON.stringify(await read())}`);
    },
    stop: async () => {
      client.destroy();
      s3Client.destroy();
      sfn.destroy();
      await services.stop();
    },
  };
}

async function bringFailure(functions: Functions, failure: ExecutionFailure): Promise<void> {
  const trains = String(failure.detail.stateMachineArn).endsWith(':train');
  const handler = functions[trains ? 'pipelines' : 'serving'];
  for (const one of [handler, handler]) await consume(one, failure);
}

export type Platform = Awaited<ReturnType<typeof startPlatform>>;

interface InvocationBody {
  readonly predictions?: number[];
  readonly error_code?: string;
  readonly message?: string;
}
