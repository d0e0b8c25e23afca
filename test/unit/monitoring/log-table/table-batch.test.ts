import { zstdDecompressSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler } from '../../../../functions/monitoring/inference-log-table.lambda.ts';
import { aContext } from '../../../support/context.ts';
import { announced } from '../../../support/outbox.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';

let platform: Platform;
let s3: S3Client;
beforeAll(async () => {
  platform = await startPlatform();
  s3 = new S3Client({});
});
afterAll(async () => {
  s3.destroy();
  await platform.stop();
});

const PATH = '/api/slipway/v1/batch-inference';
const compressors = { ZSTD: (packed: Uint8Array) => new Uint8Array(zstdDecompressSync(packed)) };

async function read(Key: string) {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'artifacts', Key }));
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  return parquetReadObjects({ file: new Uint8Array(bytes).buffer, compressors });
}

/** Scores what lies below the prefix; the events that told how it ended. */
async function score(model: string, input: string) {
  const { body } = await platform.serving<{ id: string }>('POST', PATH, {
    model: `models:/${model}@champion`,
    input: `s3://artifacts/${input}`,
    output: `s3://artifacts/scored/${input}`,
  });
  const status = async () =>
    (await platform.serving<{ status: string }>('GET', `${PATH}/${body.id}`)).body.status;
  await expect.poll(status).not.toBe('RUNNING');
  const events = (await announced('platform')).filter(({ data }) => data.batch_id === body.id);
  return { id: body.id, events };
}

describe('a batch inference', () => {
  it('is in the table of the inference log, part by part, however often it is told of', async () => {
    const model = await serveTinyModel(platform, aContext());
    await platform.put('lists/a.csv', 'x\n0.1\n0.9\n');
    await platform.put('lists/b.csv', 'x\n0.5\nmuch\n');
    const { id, events } = await score(model, 'lists/');
    expect(events).toMatchObject([
      { type: 'BatchInferenceSucceeded', data: { model, version: '1', rows: 3, failed_rows: 1 } },
    ]);
    const metadata = {
      id: events[0]?.id,
      version: 1,
      time: '2026-01-01T00:00:00Z',
      workspace: 'default',
      actor: 'slipway',
      correlationId: 'c',
    };
    const detail = { metadata, data: events[0]?.data };
    const body = JSON.stringify({ 'detail-type': 'BatchInferenceSucceeded', detail });
    for (let i = 0; i < 2; i++) {
      const told = { Records: [{ messageId: '1', body }] };
      expect(await handler(told as never, {} as Context)).toEqual({ batchItemFailures: [] });
    }
    const Prefix = `inference-log-table/endpoint=batch.${model}/`;
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: 'artifacts', Prefix }),
    );
    expect(Contents.map(({ Key }) => Key)).toEqual([
      expect.stringMatching(new RegExp(`/day=\\d{4}-\\d\\d-\\d\\d/batch-${id}\\.parquet$`)),
    ]);
    const rows = await read(Contents[0]?.Key ?? '');
    expect(rows).toMatchObject([
      { databricks_request_id: `${id}-0`, model, version: '1', status_code: 200, row_count: 2 },
      { databricks_request_id: `${id}-1`, model, version: '1', status_code: 200, row_count: 2 },
    ]);
    const [, second] = rows;
    expect(JSON.parse(String(second?.request))).toEqual({
      input: 's3://artifacts/lists/b.csv',
      start: 0,
      end: 2,
    });
    const response = JSON.parse(String(second?.response));
    expect(response).toMatchObject({ rows: 1, failed_rows: 1 });
    const predictions = await read(response.output.replace('s3://artifacts/', ''));
    expect(predictions).toMatchObject([{ input_row: 0n, prediction: expect.any(Number) }]);
  });

  it('that fails tells why', async () => {
    const model = await serveTinyModel(platform, aContext());
    const { events } = await score(model, 'nothing/');
    expect(events).toMatchObject([
      {
        type: 'BatchInferenceFailed',
        data: { model, message: expect.stringContaining('no .parquet and no .csv') },
      },
    ]);
  });
});
