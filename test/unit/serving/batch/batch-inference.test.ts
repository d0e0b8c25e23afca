import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putBatch } from '../../../../functions/serving/batch/batch-store.ts';
import { scorePart } from '../../../../functions/serving/batch/batch-tasks.ts';
import { cutInput, partsPerBatch } from '../../../../functions/serving/batch/plan-batch.ts';
import { startedBatch } from '../../../../functions/serving/batch/started-batch.ts';
import { aContext } from '../../../support/context.ts';
import { classifierOnnx, onnxDescription } from '../../../support/onnx-models.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';
import { trainTiny } from '../../../support/tiny-model.ts';

let platform: Platform;
let s3: S3Client;
let model: string;
beforeAll(async () => {
  platform = await startPlatform();
  s3 = new S3Client({});
  model = await serveTinyModel(platform, aContext());
});
afterAll(async () => {
  s3.destroy();
  await platform.stop();
});

const PATH = '/api/slipway/v1/batch-inference';

interface BatchBody {
  readonly id: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

async function table(key: string): Promise<Record<string, unknown>[]> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'artifacts', Key: key }));
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  return parquetReadObjects({ file: new Uint8Array(bytes).buffer });
}

async function objects(Prefix: string) {
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: 'artifacts', Prefix }),
  );
  return Contents.map(({ Key, LastModified, ETag }) => ({ Key, LastModified, ETag }));
}

let moves = 0;
const remove = (Key: string) => s3.send(new DeleteObjectCommand({ Bucket: 'artifacts', Key }));

const parquet = (x: (number | null)[]) =>
  Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', type: 'STRING', data: x.map((_, i) => `row ${i}`) },
        { name: 'x', type: 'DOUBLE', nullable: true, data: x as number[] },
      ],
    }),
  );

async function start(body: object): Promise<BatchBody> {
  const answer = await platform.serving('POST', PATH, {
    model: `models:/${model}@champion`,
    ...body,
  });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body as BatchBody;
}

const partsOf = async (id: string) => cutInput(await startedBatch(id));

async function ended(id: string): Promise<BatchBody> {
  const get = async () => (await platform.serving('GET', `${PATH}/${id}`)).body as BatchBody;
  await expect.poll(async () => (await get()).status).not.toBe('RUNNING');
  return get();
}

describe('batch inference', () => {
  it('scores by an ONNX model as the endpoint would, a record a row', async () => {
    const files = {
      'model/model.gbdt.json': null,
      'model/MLmodel': onnxDescription([{ name: 'x', type: 'double', required: true }]),
      'model/model.onnx': classifierOnnx(),
    };
    const version = await trainTiny(platform, model, 'x', aContext(), { files });
    await platform.put('batches/onnx/a.parquet', parquet([0, 0.9, null]));
    const { id } = await start({
      model: `models:/${model}/${version}`,
      input: 's3://artifacts/batches/onnx/',
      output: 's3://artifacts/scored/onnx',
    });
    expect(await ended(id)).toMatchObject({ status: 'SUCCEEDED', rows: 3, failed_rows: 0 });
    const [first] = await table('scored/onnx/part-00000.parquet');
    expect(JSON.parse(String(first?.prediction))).toEqual({
      output_label: 'no',
      output_probability: { no: 0.5, yes: 0.5 },
    });
  });

  it('scores Parquet and CSV files as the endpoint does, with columns carried over', async () => {
    await platform.put('batches/one/a.parquet', parquet([0.1, 0.9]));
    await platform.put('batches/one/b.csv', 'id,x\nfirst,0.5\nsecond,0.7\n');
    await platform.put('batches/one/readme.txt', 'no table');
    const input = 's3://artifacts/batches/one/';
    const { id } = await start({ input, output: 's3://artifacts/scored/one', columns: ['id'] });
    expect(await ended(id)).toMatchObject({
      status: 'SUCCEEDED',
      rows: 4,
      failed_rows: 0,
      model_version: '1',
    });
    const answered = async (x: number) =>
      (await platform.invoke(model, { dataframe_records: [{ x }] })).body.predictions?.[0];
    expect(await table('scored/one/part-00000.parquet')).toEqual([
      { input_row: 0n, id: 'row 0', prediction: await answered(0.1) },
      { input_row: 1n, id: 'row 1', prediction: await answered(0.9) },
    ]);
    expect(await table('scored/one/part-00001.parquet')).toMatchObject([
      { id: 'first', prediction: await answered(0.5) },
      { id: 'second', prediction: await answered(0.7) },
    ]);
  });

  it('scores many small files, some to an invocation', async () => {
    const names = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'));
    for (const name of names) await platform.put(`batches/many/${name}.csv`, 'x\n0.1\nmuch\n');
    const input = 's3://artifacts/batches/many/';
    const { id } = await start({ input, output: 's3://artifacts/scored/many' });
    expect(await ended(id)).toMatchObject({ status: 'SUCCEEDED', rows: 60, failed_rows: 60 });
    expect(await objects('scored/many/part-')).toHaveLength(60);
    expect(await objects('scored/many/failed/')).toHaveLength(60);
  });

  it.each([
    ['all small', [10, 20], 50],
    ['some medium', [100_000, 10], 2],
    ['a large one', [250_000, 10], 1],
    ['none', [], 50],
  ])('gives an invocation no more rows than a part may have: %s', (_what, rows, most) => {
    expect(partsPerBatch(rows.map((end) => ({ start: 0, end })))).toBe(most);
  });

  it('says why its parts failed, and not that too many did', async () => {
    const files = { 'model/model.gbdt.json': 'no model' };
    const version = await trainTiny(platform, model, 'x', aContext(), { files });
    await platform.put('batches/broken.csv', 'x\n0.1\n');
    const { id } = await start({
      model: `models:/${model}/${version}`,
      input: 's3://artifacts/batches/broken.csv',
      output: 's3://artifacts/scored/broken',
    });
    const { status, error } = await ended(id);
    expect(status).toBe('FAILED');
    expect(error).toContain('is not valid JSON');
    expect(error).not.toContain('Tolerated');
  });

  it('puts rows that cannot be scored into a file of their own', async () => {
    await platform.put('batches/two.csv', 'x\n0.1\nmuch\n0.3\nlittle\n');
    const { id } = await start({
      input: 's3://artifacts/batches/two.csv',
      output: 's3://artifacts/scored/two',
    });
    expect(await ended(id)).toMatchObject({ status: 'SUCCEEDED', rows: 2, failed_rows: 2 });
    const rows = await table('scored/two/part-00000.parquet');
    expect(rows.map(({ input_row }) => input_row)).toEqual([0n, 2n]);
    expect(await table('scored/two/failed/part-00000.parquet')).toEqual([
      { input_row: 1n, error: expect.stringContaining('x') },
      { input_row: 3n, error: expect.stringContaining('x') },
    ]);
  });

  it('goes on after a failure, without scoring again what was scored', async () => {
    await platform.put('batches/three/a.parquet', parquet([0.1, 0.2]));
    await platform.put('batches/three/b.parquet', Buffer.from('no parquet'));
    const output = 's3://artifacts/scored/three';
    const { id } = await start({ input: 's3://artifacts/batches/three/', output });
    expect(await ended(id)).toMatchObject({ status: 'FAILED', error: expect.any(String) });
    await platform.put('batches/three/b.parquet', parquet([0.3]));
    const parts = await partsOf(id);
    const [first] = parts;
    if (!first) throw new Error('no part');
    await scorePart(id, first);
    const before = await objects('scored/three/');

    expect((await platform.serving('POST', `${PATH}/${id}/retry`, {})).status).toBe(200);
    expect(await ended(id)).toMatchObject({ status: 'SUCCEEDED', attempt: 2, rows: 3 });
    const after = await objects('scored/three/');
    expect(after).toHaveLength(2);
    expect(after).toContainEqual(before[0]);
    expect((await platform.serving('POST', `${PATH}/${id}/retry`, {})).status).toBe(409);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['another content', () => platform.put('batches/moved/b.parquet', parquet([0.4]))],
    ['a file before it', () => platform.put('batches/moved/a.parquet', parquet([0.5]))],
    ['no such file', () => remove('batches/moved/b.parquet')],
  ])('fails clearly on a retry that finds %s under what was scored', async (_, change) => {
    await remove('batches/moved/a.parquet');
    await platform.put('batches/moved/b.parquet', parquet([0.1, 0.2]));
    await platform.put('batches/moved/c.parquet', Buffer.from('no parquet'));
    const output = `s3://artifacts/scored/moved-${++moves}`;
    const { id } = await start({ input: 's3://artifacts/batches/moved/', output });
    expect(await ended(id)).toMatchObject({ status: 'FAILED' });
    await platform.put('batches/moved/c.parquet', parquet([0.3]));
    const parts = await partsOf(id);
    if (parts[0]) await scorePart(id, parts[0]);
    const before = await objects(`scored/moved-${moves}/`);

    await change();
    await platform.serving('POST', `${PATH}/${id}/retry`, {});
    expect(await ended(id)).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining(
        'part 0 was scored from rows 0 to 2 of batches/moved/b.parquet',
      ),
    });
    expect(await objects(`scored/moved-${moves}/`)).toEqual(before);
  });

  it('scores no part of a file that was replaced after the input was cut', async () => {
    await platform.put('batches/replaced.parquet', Buffer.from('no parquet'));
    const output = 's3://artifacts/scored/replaced';
    const { id } = await start({ input: 's3://artifacts/batches/replaced.parquet', output });
    await ended(id);
    await platform.put('batches/replaced.parquet', parquet([0.1]));
    const [part] = await partsOf(id);
    await platform.put('batches/replaced.parquet', parquet([0.2]));
    if (!part) throw new Error('no part');
    await expect(scorePart(id, part)).rejects.toThrow('batches/replaced.parquet was replaced');
    expect(await objects('scored/replaced/')).toEqual([]);
  });

  it('reads a part of a file only', async () => {
    await platform.put(
      'batches/four.parquet',
      parquet(Array.from({ length: 100 }, (_, i) => i / 100)),
    );
    const { id } = await start({
      input: 's3://artifacts/batches/four.parquet',
      output: 's3://artifacts/scored/four',
    });
    await ended(id);
    const [{ etag } = { etag: '' }] = await partsOf(id);
    const part = { index: 7, key: 'batches/four.parquet', etag, start: 40, end: 43 };
    expect(await scorePart(id, part)).toEqual({ rows: 3, failed: 0 });
    const all = await table('scored/four/part-00000.parquet');
    expect(await table('scored/four/part-00007.parquet')).toEqual(all.slice(40, 43));
  });

  it('that AWS stopped has failed, unless it was retried since', async () => {
    const { id } = await start({
      input: 's3://artifacts/batches/one/',
      output: 's3://artifacts/scored/stopped',
    });
    await ended(id);
    const { error: _, endedAt: _at, ...batch } = await startedBatch(id);
    await putBatch({ ...batch, status: 'RUNNING', attempt: 2 });
    const stop = (attempt: number) =>
      platform.fail({
        'detail-type': 'Step Functions Execution Status Change',
        detail: {
          stateMachineArn: process.env.STATE_MACHINE_BATCH,
          name: `${id}-${attempt}`,
          status: 'ABORTED',
          input: JSON.stringify({ batch_id: id }),
        },
      });
    await stop(1);
    expect((await startedBatch(id)).status).toBe('RUNNING');
    await stop(2);
    expect(await ended(id)).toMatchObject({
      status: 'FAILED',
      error: 'Stopped: somebody stopped the execution',
    });
  });

  it.each([
    ['input', 'inference-log-table/endpoint=secret/'],
    ['input', 'inference-queue/'],
    ['input', 'inf'],
    ['input', 'environments/a.csv'],
    ['input', 'training/checkpoints/'],
    ['output', 'mlflow-artifacts/77/data'],
    ['output', 'mlflow-artifacts'],
    ['output', 'inference-log-table/endpoint=secret'],
    ['output', 'environments'],
  ])('takes no %s at %s, where a caller could not read or write', async (field, key) => {
    const body = {
      model: `models:/${model}@champion`,
      input: 's3://artifacts/batches/two.csv',
      output: 's3://artifacts/scored/refused',
      [field]: `s3://artifacts/${key}`,
    };
    expect(await platform.serving('POST', PATH, body)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining(`${field} must not`) },
    });
  });

  it('is refused for what cannot be scored', async () => {
    const good = {
      model: `models:/${model}@champion`,
      input: 's3://artifacts/a',
      output: 's3://artifacts/b',
    };
    for (const [body, status] of [
      [{ ...good, model: 'models:/absent@champion' }, 404],
      [{ ...good, model: model }, 400],
      [{ ...good, input: 's3://elsewhere/a' }, 400],
      [{ ...good, output: 's3://artifacts/a/below' }, 400],
      [{ ...good, input: 's3://artifacts/a/', output: 's3://artifacts/a/below' }, 400],
      [{ ...good, output: 's3://artifacts/a-beside' }, 400],
    ] as const) {
      expect((await platform.serving('POST', PATH, body)).status).toBe(status);
    }
    expect((await platform.serving('GET', `${PATH}/absent`)).status).toBe(404);
    const { id } = await start({ input: 's3://artifacts/nothing/', output: 's3://artifacts/c' });
    expect(await ended(id)).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('no .parquet'),
    });
  });
});
