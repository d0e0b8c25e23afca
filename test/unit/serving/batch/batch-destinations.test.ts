import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSqs } from '../../../../lib/local/sqs/index.ts';
import { aContext } from '../../../support/context.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';

const PATH = '/api/slipway/v1/batch-inference';
const ROWS = 3000;

let platform: Platform;
let model: string;
let sqs: SQSClient;
let stop: () => Promise<void>;

beforeAll(async () => {
  platform = await startPlatform();
  model = await serveTinyModel(platform, aContext());
  const dataDir = mkdtempSync(join(tmpdir(), 'slipway-results-'));
  let url = '';
  const queues = createSqs({ dataDir, awsUrl: () => url });
  const server = createServer((request, response) => void queues.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.AWS_ENDPOINT_URL_SQS = url;
  await queues.start();
  sqs = new SQSClient({});
  stop = async () => {
    sqs.destroy();
    server.closeAllConnections();
    server.close();
    await queues.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const values = Array.from({ length: ROWS }, (_, i) => i / ROWS);
  const columnData = [
    { name: 'customer', type: 'STRING' as const, data: values.map((_, i) => `c-${i % 2999}`) },
    // One of the rows cannot be scored, and one has no key.
    { name: 'x', type: 'STRING' as const, data: values.map((x, i) => (i === 7 ? 'much' : `${x}`)) },
  ];
  await platform.put('lists/plain.csv', csv(columnData.map(({ name, data }) => [name, ...data])));
  await platform.put(
    'lists/keys.parquet',
    Buffer.from(
      parquetWriteBuffer({
        columnData: [
          { name: 'customer', type: 'STRING', nullable: true, data: ['a', null, 'b', 'a'] },
          { name: 'x', type: 'DOUBLE', data: [0.1, 0.2, 0.3, 0.9] },
        ],
      }),
    ),
  );
});
afterAll(async () => {
  await stop();
  await platform.stop();
});

const csv = (columns: readonly (readonly string[])[]) =>
  (columns[0] ?? []).map((_, row) => columns.map((one) => one[row]).join(',')).join('\n');

async function score(body: object) {
  const answer = await platform.serving('POST', PATH, {
    model: `models:/${model}@champion`,
    output: 's3://artifacts/scored/lists',
    ...body,
  });
  if (answer.status !== 200) return answer;
  const { id } = answer.body as { id: string };
  const get = async () => (await platform.serving('GET', `${PATH}/${id}`)).body;
  await expect.poll(get).not.toMatchObject({ status: 'RUNNING' });
  return { status: 200, body: await get() };
}

const find = async (id: string, key: string) =>
  platform.serving('GET', `${PATH}/${id}/predictions?key=${encodeURIComponent(key)}`);

describe('results of a batch', () => {
  it('are found by a key, of several rows the last one', async () => {
    const input = 's3://artifacts/lists/keys.parquet';
    const lookup = { key: 'customer' };
    const { body } = await score({ input, lookup, columns: ['x'] });
    expect(body).toMatchObject({ status: 'SUCCEEDED', rows: 4, lookup });
    const { id } = body as { id: string };
    const answered = await platform.invoke(model, { dataframe_records: [{ x: 0.9 }] });
    expect((await find(id, 'a')).body).toEqual({
      input_row: 3,
      columns: { x: 0.9 },
      prediction: answered.body.predictions?.[0],
    });
    expect((await find(id, 'b')).body).toMatchObject({ input_row: 2 });
    expect(await find(id, 'nobody')).toMatchObject({ status: 404 });
    expect(await find(id, '')).toMatchObject({ status: 400 });
  });

  it('are sent to a queue, all but those that cannot be scored', async () => {
    const QueueName = 'slipway-test-results-scores';
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
    const input = 's3://artifacts/lists/plain.csv';
    const { body } = await score({ input, queue: QueueName, columns: ['customer'] });
    expect(body).toMatchObject({ status: 'SUCCEEDED', rows: ROWS - 1, failed_rows: 1 });
    const { id } = body as { id: string };
    const received: { input_row: number; prediction: number; columns: object }[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) break;
      for (const { Body = '' } of Messages) {
        const { batch_id, part, rows } = JSON.parse(Body);
        expect([batch_id, part]).toEqual([id, 0]);
        received.push(...rows);
      }
    }
    const rows = received.map(({ input_row }) => input_row).sort((a, b) => a - b);
    const expected = Array.from({ length: ROWS }, (_, i) => i).filter((row) => row !== 7);
    expect(rows).toEqual(expected);
    expect(received.find(({ input_row }) => input_row === 8)).toMatchObject({
      prediction: expect.any(Number),
      columns: { customer: 'c-8' },
    });
    expect(await find(id, 'c-8')).toMatchObject({ status: 400 });
  });

  it('go to queues for results only, that are there', async () => {
    const input = 's3://artifacts/lists/keys.parquet';
    expect(await score({ input, queue: 'slipway-test-relay' })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('must begin with slipway-test-results-') },
    });
    const { body } = await score({ input, queue: 'slipway-test-results-none' });
    expect(body).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('There is no queue slipway-test-results-none'),
    });
  });
});
