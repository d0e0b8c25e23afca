import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../lib/build/paths.ts';
import { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';

const host = new TestHost();
let s3: S3Client;
let bucket = '';

beforeAll(async () => {
  await host.start();
  s3 = new S3Client({ ...LOCAL_CLIENT, endpoint: host.awsUrl, forcePathStyle: true });
  bucket = (await s3.send(new ListBucketsCommand({}))).Buckets?.[0]?.Name ?? '';
});
afterAll(() => host.stop());

type Cell = string | number;
type Row = Readonly<Record<string, Cell>>;

/** Uniform numbers that are the same in every run. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

const DAY = 86_400_000;
const START = Date.parse('2026-09-01T00:00:00Z');

/** Rows of thirty days; what a row's label depends on is the maker's. */
function rowsOf(
  count: number,
  make: (random: () => number, time: string, i: number) => Row,
): Row[] {
  const random = uniform(count);
  const at = (i: number) => new Date(START + (i / count) * 30 * DAY).toISOString();
  return Array.from({ length: count }, (_, i) => make(random, at(i), i));
}

const pick = (random: () => number, of: readonly string[]) => of[Math.floor(random() * of.length)]!;

const deliveries = rowsOf(3000, (random, ordered_at, i) => {
  const distance = random() * 900;
  const carrier = pick(random, ['north', 'south', 'express-line']);
  const priority = pick(random, ['express', 'normal']);
  const risk =
    distance / 900 + (carrier === 'south' ? 0.3 : 0) - (priority === 'express' ? 0.2 : 0);
  const delayed = random() < Math.min(0.95, Math.max(0.05, 0.7 * risk)) ? 1 : 0;
  return { order_id: i, ordered_at, distance_km: distance.toFixed(1), carrier, priority, delayed };
});

const transactions = rowsOf(3000, (random, _, i) => {
  const amount = random() ** 3 * 2000;
  const night = random() < 0.3 ? 1 : 0;
  const fraud = random() < (amount > 900 ? 0.85 : 0.05) + night * 0.1 ? 1 : 0;
  return { transaction_id: i, card: `card-${i % 200}`, amount: amount.toFixed(2), night, fraud };
});

const sessions = rowsOf(3000, (random, event_time, i) => {
  const session_views = Math.floor(random() * 12);
  const orders_30d = Math.floor(random() * 4);
  const purchased = random() < 0.03 + session_views * 0.05 + orders_30d * 0.08 ? 1 : 0;
  const keys = { user_id: i % 400, product_id: i % 37 };
  return { ...keys, event_time, session_views, orders_30d, purchased };
});

const csv = (rows: readonly Row[]) =>
  [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');

const upload = (Key: string, rows: readonly Row[]) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: csv(rows) }));

/** Sends the documents of an example as they are in its folder. */
async function put(folder: string): Promise<void> {
  const path = join(ROOT, 'docs/examples', folder);
  for (const file of readdirSync(path)) {
    const [name = '', kind = ''] = file.split('.');
    const document = readFileSync(join(path, file), 'utf8').replaceAll('BUCKET', bucket);
    const answer =
      kind === 'endpoint'
        ? await host.call('POST', '/api/2.0/serving-endpoints', document)
        : await host.call(
            'PUT',
            kind === 'policy'
              ? `/api/slipway/v1/models/${name}/policy`
              : `/api/slipway/v1/pipelines/${name}`,
            document,
          );
    expect(answer.status, `${file}: ${JSON.stringify(answer.body)}`).toBe(200);
  }
}

const start = (pipeline: string) =>
  host.call('POST', `/api/slipway/v1/pipelines/${pipeline}/executions`, { reason: 'example' });

const live = (endpoint: string) => host.waitFor('EndpointVersionSwitched', { endpoint });

async function validated(model: string): Promise<void> {
  const path = `/api/slipway/v1/models/${model}/versions/1/validation`;
  const { body } = await host.call<{ checks: { name: string; status: string }[] }>('GET', path);
  expect(body.checks.filter(({ status }) => status === 'FAILED' || status === 'ERROR')).toEqual([]);
}

const ask = async (endpoint: string, record: Row, client_request_id?: string) => {
  const response = await fetch(`${host.url}/serving-endpoints/${endpoint}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dataframe_records: [record], client_request_id }),
  });
  const { predictions } = (await response.json()) as { predictions: number[] };
  return { score: predictions[0]!, model: response.headers.get('served-model-name') };
};

interface AbReport {
  readonly arms: readonly {
    readonly labelled_rows: number;
    readonly quality: { readonly estimate: number; readonly interval: readonly number[] };
  }[];
  readonly verdict: string;
}

describe('the examples', () => {
  it('predict delivery delays: trained, checked, promoted and served', async () => {
    await upload('examples/delivery-delays/orders.csv', deliveries);
    await put('delivery-delays');
    await start('delivery-delays');
    await live('delivery-delays');
    await validated('delivery-delay');
    const order = { ordered_at: '2026-10-02T08:00:00Z', carrier: 'south', priority: 'normal' };
    const near = await ask('delivery-delays', { ...order, distance_km: 20 });
    const far = await ask('delivery-delays', { ...order, distance_km: 880 });
    expect(far.score).toBeGreaterThan(near.score);
    const { body } = await host.call('GET', '/api/slipway/v1/pipelines/delivery-delays');
    expect(body).toMatchObject({ schedule: 'cron(0 3 ? * MON *)' });

    // The next Monday's version is compared with the champion, express orders by themselves.
    await start('delivery-delays');
    await host.waitFor('PromotionDecided', { challenger: '2', champion: '1', verdict: 'promoted' });
    await host.waitFor('EndpointVersionSwitched', { endpoint: 'delivery-delays', to: '2' });
    const { promotions } = await host.ok('GET', '/api/slipway/v1/models/delivery-delay/promotions');
    expect(promotions).toMatchObject([
      {
        challenger: '2',
        evidence: {
          rule: 'non_inferior',
          comparison: { test: 'delong' },
          slices: [{ name: 'express', status: 'PASSED' }],
        },
      },
      { challenger: '1', champion: null },
    ]);
  });

  it('compare two fraud models on the same traffic, a card staying with its model', async () => {
    await upload('examples/fraud/transactions.csv', transactions);
    await put('fraud-ab-test');
    await Promise.all([start('fraud-fast'), start('fraud-deep')]);
    await host.waitFor('ModelAliasMoved', { model: 'fraud-fast', alias: 'champion' });
    await host.waitFor('ModelAliasMoved', { model: 'fraud-deep', alias: 'champion' });
    await expect
      .poll(async () => (await host.call('GET', '/api/2.0/serving-endpoints/fraud')).body)
      .toMatchObject({ state: { ready: 'READY' } });
    // The data path goes on with what it knows for half a second: here with one of the two models.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const cards = Array.from({ length: 40 }, (_, i) => `card-${i}`);
    const record = (card: string, amount: number) => ({ card, amount, night: 0 });
    const first = await Promise.all(cards.map((card) => ask('fraud', record(card, 1500))));
    const again = await Promise.all(cards.map((card) => ask('fraud', record(card, 20))));
    expect(new Set(first.map(({ model }) => model))).toEqual(new Set(['fast', 'deep']));
    expect(again.map(({ model }) => model)).toEqual(first.map(({ model }) => model));
    for (const [i, { score }] of first.entries()) expect(score).toBeGreaterThan(again[i]!.score);

    // What turned out to be fraud is told days later, by the id that the caller gave.
    const past = transactions.slice(0, 400);
    for (const { transaction_id, card, amount, night } of past) {
      await ask('fraud', { card, amount: Number(amount), night } as Row, `t-${transaction_id}`);
    }
    const labels = past.map(({ transaction_id, fraud }) => ({
      client_request_id: `t-${transaction_id}`,
      label: fraud,
      event_time: new Date().toISOString(),
    }));
    await host.ok('POST', '/api/slipway/v1/endpoints/fraud/labels', labels);
    const path = '/api/slipway/v1/endpoints/fraud/ab-report?a=fast&b=deep&metric=roc_auc';
    const { arms, verdict } = (await host.ok('GET', path)) as unknown as AbReport;
    for (const { quality } of arms) {
      expect(quality.estimate).toBeGreaterThan(0.7);
      expect(quality.interval[0]).toBeLessThan(quality.estimate);
    }
    expect(arms.reduce((sum, { labelled_rows }) => sum + labelled_rows, 0)).toBe(past.length);
    expect(verdict).toMatch(/roc_auc/);
  });

  it('train recommendations when a file of features arrives', async () => {
    await put('recommendations');
    await upload('examples/recommendations/2026-09.csv', sessions);
    await live('recommendations');
    await validated('recommendation');
    const idle = await ask('recommendations', { session_views: 0, orders_30d: 0, event_time: '' });
    const keen = await ask('recommendations', { session_views: 11, orders_30d: 3, event_time: '' });
    expect(keen.score).toBeGreaterThan(idle.score);
  });
});
