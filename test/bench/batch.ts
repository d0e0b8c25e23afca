import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { MODEL, PIPELINE, pipeline } from '../../lib/demo/documents.ts';
import { type FlightDay, prepareFlights } from '../../lib/demo/flights.ts';
import { TestHost } from '../support/host.ts';
import { LOCAL_CLIENT } from '../support/training-data.ts';
import { type Figure, single } from './figures.ts';

const TRAINING_DAYS = 31;
const ROWS = 2_000_000;

/** Batch inference with the demo's model of flights, trained on a month, over a file of two million. */
export async function benchBatch(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  const host = new TestHost();
  await host.start();
  const s3 = new S3Client({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
  try {
    const days = await prepareFlights({ folder, share: 1 });
    const Bucket = (await s3.send(new ListBucketsCommand({}))).Buckets?.[0]?.Name ?? '';
    const put = (Key: string, file: string) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body: readFileSync(file) }));
    for (const { day, file } of days.slice(0, TRAINING_DAYS))
      await put(`flights/${day}.parquet`, file);
    await train(host, Bucket, days[TRAINING_DAYS - 1]?.day ?? '');
    const file = join(folder, 'all.parquet');
    await put('batch/flights.parquet', await manyFlights(days, file));
    const started = performance.now();
    const { body } = await host.call('POST', '/api/slipway/v1/batch-inference', {
      model: `models:/${MODEL}/1`,
      input: `s3://${Bucket}/batch/flights.parquet`,
      output: `s3://${Bucket}/scored`,
    });
    const rows = await ended(host, String(body.id));
    const seconds = (performance.now() - started) / 1000;
    return [
      single(`batch inference: ${rows} flights`, 's', seconds),
      single('batch inference', 'rows/s', rows / seconds, {
        limits: [{ of: 'value', atLeast: 200_000 }],
      }),
    ];
  } finally {
    s3.destroy();
    await host.stop();
    rmSync(folder, { recursive: true });
  }
}

async function train(host: TestHost, bucket: string, lastDay: string): Promise<void> {
  await host.call(
    'PUT',
    `/api/slipway/v1/pipelines/${PIPELINE}`,
    pipeline(`s3://${bucket}/flights/`),
  );
  const { body } = await host.call('POST', `/api/slipway/v1/pipelines/${PIPELINE}/executions`, {
    reason: 'bench',
    parameters: { 'data.window_end': `${lastDay}T23:59:59Z` },
  });
  await host.waitFor('PipelineSucceeded', { execution_id: body.id }, 600_000);
}

/** One file with the rows of all days, as often as it takes. */
async function manyFlights(days: readonly FlightDay[], file: string): Promise<string> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const list = days.map((day) => `'${day.file}'`).join(', ');
  const have = days.reduce((sum, { rows }) => sum + rows, 0);
  const times = Math.ceil(ROWS / have);
  await connection.run(
    `COPY (SELECT flights.* FROM read_parquet([${list}]) AS flights, range(${times}) LIMIT ${ROWS}) TO '${file}' (FORMAT parquet)`,
  );
  connection.closeSync();
  return file;
}

/** Rows that were scored. Throws when the job failed. */
async function ended(host: TestHost, id: string): Promise<number> {
  for (;;) {
    const { body } = await host.call('GET', `/api/slipway/v1/batch-inference/${id}`);
    if (String(body.status) === 'SUCCEEDED') return Number(body.rows);
    if (String(body.status) === 'FAILED') throw new Error(String(body.error));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
