import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AwsService, Lifecycle, ResourceProvider } from '../service.ts';
import { LOCAL_REGION } from '../shared/arn.ts';
import { type Engine, startEngine } from './engine.ts';
import { ExpirySweep } from './expiry.ts';
import { StreamReader } from './stream-reader.ts';
import { type TableSettings, tableProvider } from './table-provider.ts';

const SWEEP_EVERY_MS = 1000;

export interface DynamoDb extends AwsService, Lifecycle {
  /** Address of the engine: functions talk to it without a detour. */
  readonly endpoint: string;
  readonly providers: readonly ResourceProvider[];
  readonly streams: StreamReader;
  /** Table behind a stream's ARN. */
  tableOfStream(streamArn: string): string | undefined;
}

/** Starts the DynamoDB engine on `dynamodb.db` of the data directory. */
export async function createDynamoDb(options: {
  readonly dataDir: string;
  /** The engine ended by itself: the host cannot go on without it. */
  readonly onCrash: (error: Error) => void;
}): Promise<DynamoDb> {
  const file = join(options.dataDir, 'dynamodb.db');
  const engine: Engine = await startEngine(file, (code) =>
    options.onCrash(new Error(`The DynamoDB engine ended (${code})`)),
  );
  const client = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: LOCAL_REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const streams = new StreamReader(file);
  const reader = new DatabaseSync(file, { readOnly: true });
  const tables = new Map<string, TableSettings>();
  let sweep: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> | undefined;

  return {
    signingNames: ['dynamodb'],
    endpoint: engine.endpoint,
    streams,
    providers: [
      tableProvider(
        () => client,
        (table) => tables.set(table.name, table),
      ),
    ],
    tableOfStream: (arn) => [...tables.values()].find(({ streamArn }) => streamArn === arn)?.name,
    handle: (request, response) =>
      new Promise((resolve) => {
        const forwarded = httpRequest(
          engine.endpoint + (request.url ?? '/'),
          { method: request.method, headers: request.headers },
          (answer) => {
            response.writeHead(answer.statusCode ?? 500, answer.headers);
            answer.pipe(response).on('close', resolve);
          },
        );
        forwarded.on('error', () => {
          response.writeHead(503).end();
          resolve();
        });
        request.pipe(forwarded);
      }),
    start: async () => {
      const sweeps = [...tables.values()].flatMap(({ name, ttlAttribute }) =>
        ttlAttribute ? [new ExpirySweep(client, reader, name, ttlAttribute)] : [],
      );
      sweep = setInterval(() => {
        sweeping ??= Promise.all(sweeps.map((one) => one.step(Date.now())))
          .then(() => {})
          .catch((error: unknown) => console.error(error))
          .finally(() => {
            sweeping = undefined;
          });
      }, SWEEP_EVERY_MS);
    },
    stop: async () => {
      clearInterval(sweep);
      await sweeping;
      streams.close();
      reader.close();
      client.destroy();
      await engine.stop();
    },
  };
}
