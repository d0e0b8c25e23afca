import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AwsService, Lifecycle, ResourceProvider } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { Housekeeping } from '../shared/housekeeping.ts';
import { createTable } from './create-table.ts';
import { startEngine } from './engine.ts';
import { EngineClient } from './engine-client.ts';
import { emptyTables, openEngineFile } from './engine-file.ts';
import { ENGINE_OPERATIONS } from './engine-operations.ts';
import { ExpirySweep } from './expiry.ts';
import { forwarder } from './forward.ts';
import { StreamReader } from './stream-reader.ts';
import { StreamTrimmer } from './stream-trimmer.ts';
import { streamArn, type TableDefinition, tableProviders } from './table-provider.ts';

const SWEEP_EVERY_MS = 60_000;
const TRIM_EVERY_MS = 10_000;

export interface DynamoDb extends AwsService, Lifecycle {
  /** Address of the engine: functions talk to it without a detour. */
  readonly endpoint: string;
  readonly providers: readonly ResourceProvider[];
  readonly streams: StreamReader;
  /** Table behind a stream's ARN. */
  tableOfStream(streamArn: string): string | undefined;
  /** A reader of the table's stream needs what comes after `position()`. */
  retainFrom(table: string, position: () => number): void;
  /** Deletes what has expired, now instead of within a minute. */
  expire(): Promise<void>;
  /** Empties every table. */
  reset(): void;
}

interface DynamoDbOptions {
  readonly dataDir: string;
  /** The engine cannot be kept running: the host cannot go on without it. */
  readonly onCrash: (error: Error) => void;
}

/** Starts the DynamoDB engine on `dynamodb.db` of the data directory. */
export async function createDynamoDb(options: DynamoDbOptions): Promise<DynamoDb> {
  mkdirSync(options.dataDir, { recursive: true });
  const file = join(options.dataDir, 'dynamodb.db');
  const engine = await startEngine(file, options.onCrash);
  const database = openEngineFile(file);
  const client = new EngineClient(engine.endpoint);
  const streams = new StreamReader(database);
  const trimmer = new StreamTrimmer(streams);
  const forward = forwarder(engine.endpoint);
  const tablesByStream = new Map<string, string>();
  const sweeps: ExpirySweep[] = [];

  const create = async (logicalId: string, definition: TableDefinition) => {
    const created = await createTable(client, logicalId, definition);
    const { TableName: name, StreamSpecification: stream } = definition;
    if (stream && created.streamLabel !== undefined) {
      const own = streamArn(arn('dynamodb', `table/${name}`), created.streamLabel);
      tablesByStream.set(own, name);
      streams.declare(name, stream.StreamViewType);
      trimmer.add(name);
    }
    const ttl = definition.TimeToLiveSpecification;
    if (ttl?.Enabled && ttl.AttributeName !== undefined) {
      const key = definition.KeySchema.map(({ AttributeName }) => AttributeName);
      sweeps.push(new ExpirySweep(client, database, { name, key, attribute: ttl.AttributeName }));
    }
    return created;
  };

  const expiry = new Housekeeping('Expired items', SWEEP_EVERY_MS, async (signal) => {
    const now = Math.floor(Date.now() / 1000);
    for (const sweep of sweeps) await sweep.run(now, signal);
  });
  const trimming = new Housekeeping('Old stream records', TRIM_EVERY_MS, (signal) =>
    trimmer.run(Date.now(), signal),
  );

  return {
    signingNames: ['dynamodb'],
    operations: ENGINE_OPERATIONS,
    endpoint: engine.endpoint,
    streams,
    providers: tableProviders(create),
    tableOfStream: (own) => tablesByStream.get(own),
    retainFrom: (table, position) => trimmer.retainFrom(table, position),
    expire: () => expiry.run(),
    reset: () => emptyTables(database),
    handle: forward.handle,
    start: async () => {
      expiry.start();
      trimming.start();
    },
    stop: async () => {
      await Promise.all([expiry.stop(), trimming.stop()]);
      streams.pauseLooking();
      database.close();
      client.close();
      forward.close();
      await engine.stop();
    },
  };
}
