import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler } from '../../../../functions/monitoring/inference-log-table.lambda.ts';
import { aContext } from '../../../support/context.ts';
import { announced } from '../../../support/outbox.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';
import { parquetRows } from './parquet-rows.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const PATH = '/api/slipway/v1/batch-inference';

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
    const files = await platform.files(`inference-log-table/endpoint=batch.${model}/`);
    expect([...files.keys()]).toEqual([
      expect.stringMatching(new RegExp(`/day=\\d{4}-\\d\\d-\\d\\d/batch-${id}\\.parquet$`)),
    ]);
    const [table = Buffer.alloc(0)] = files.values();
    const rows = await parquetRows(table);
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
    const scored = await platform.files(response.output.replace('s3://artifacts/', ''));
    const [output = Buffer.alloc(0)] = scored.values();
    expect(await parquetRows(output)).toMatchObject([
      { input_row: 0n, prediction: expect.any(Number) },
    ]);
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
