import { beforeAll, describe, expect, it } from 'vitest';
import { compactRuns } from '../../../functions/tracking/segments/compact-runs.ts';
import { anExperiment, aRun, asObject, get, log, post, runData, useTracking } from './api.ts';

useTracking();

let run_id: string;
let experiment_id: string;
beforeAll(async () => {
  experiment_id = await anExperiment();
  run_id = await aRun({ experiment_id });
});

const x = (length: number) => 'x'.repeat(length);
/** One character each, as MLflow counts, though two of JavaScript's and four bytes. */
const faces = (length: number) => '😀'.repeat(length);
const letters = (length: number) => 'ä'.repeat(length);

const many = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));
const metrics = (count: number) =>
  many(count, (i) => ({ key: 'm', value: i, timestamp: i, step: i }));
const params = (count: number) => many(count, (i) => ({ key: `p${i}`, value: '1' }));
const tags = (count: number) => many(count, (i) => ({ key: `t${i}`, value: '1' }));
const point = (key: string) => ({ key, value: 1, timestamp: 1, step: 0 });

const input = (more: object, tag: object = {}) => ({
  datasets: [
    {
      dataset: { name: 'd', digest: 'd', source_type: 's', source: 's', ...more },
      tags: [{ key: 'k', value: 'v', ...tag }],
    },
  ],
});

type Send = (size: number) => ReturnType<typeof post>;

const logs =
  (batch: (size: number) => object): Send =>
  (size) =>
    log(run_id, batch(size));
const runs =
  (path: string, body: (size: number) => object): Send =>
  (size) =>
    post(`/runs/${path}`, { run_id, ...body(size) });
const searches =
  (path: string, ids: object = {}): Send =>
  (max_results) =>
    post(path, { max_results, ...ids });
const query = (name: string, count: number): [string, string][] =>
  many(count, (i) => [name, `${i}`.padStart(32, '0')]);

describe('what MLflow has a limit for is taken at it, and refused one over', () => {
  it.each<[what: string, limit: number, send: Send]>([
    ['metrics of a batch', 1000, logs((n) => ({ metrics: metrics(n) }))],
    ['params of a batch', 100, logs((n) => ({ params: params(n) }))],
    ['tags of a batch', 100, logs((n) => ({ tags: tags(n) }))],
    [
      'entries of a batch',
      1000,
      logs((n) => ({ metrics: metrics(n - 200), params: params(100), tags: tags(100) })),
    ],
    ['characters of a metric’s key', 250, logs((n) => ({ metrics: [point(letters(n))] }))],
    ['characters of a metric’s key, alone', 250, runs('log-metric', (n) => point(x(n)))],
    ['characters of a param’s key', 250, logs((n) => ({ params: [{ key: x(n), value: '' }] }))],
    ['… alone', 250, runs('log-parameter', (n) => ({ key: letters(n), value: '1' }))],
    ['characters of a tag’s key', 250, logs((n) => ({ tags: [{ key: letters(n), value: '' }] }))],
    ['characters of a tag’s key, alone', 250, runs('set-tag', (n) => ({ key: x(n), value: '' }))],
    ['characters of a dataset’s name', 500, runs('log-inputs', (n) => input({ name: faces(n) }))],
    ['characters of its digest', 36, runs('log-inputs', (n) => input({ digest: x(n) }))],
    ['characters of its source', 65_535, runs('log-inputs', (n) => input({ source: x(n) }))],
    ['characters of its schema', 1_048_575, runs('log-inputs', (n) => input({ schema: x(n) }))],
    ['characters of its tag’s key', 255, runs('log-inputs', (n) => input({}, { key: x(n) }))],
    ['characters of its tag’s value', 500, runs('log-inputs', (n) => input({}, { value: x(n) }))],
    [
      'characters of an experiment’s name',
      500,
      (n) => post('/experiments/create', { name: faces(n) }),
    ],
    [
      'characters of its location',
      2048,
      (n) => post('/experiments/create', { name: `${n}`, artifact_location: `s3://${x(n - 5)}` }),
    ],
    [
      'characters of its tag’s key',
      250,
      (n) => post('/experiments/set-experiment-tag', { experiment_id, key: x(n), value: '' }),
    ],
    [
      'characters of its tag’s value',
      5000,
      (n) => post('/experiments/set-experiment-tag', { experiment_id, key: 'k', value: faces(n) }),
    ],
    ['runs of a page', 50_000, searches('/runs/search', { experiment_ids: ['987'] })],
    ['experiments of a page', 50_000, searches('/experiments/search')],
    [
      'sampled points',
      2500,
      (n) =>
        get('/metrics/get-history-bulk-interval', {
          run_ids: run_id,
          metric_key: 'm',
          max_results: `${n}`,
        }),
    ],
    [
      'runs of sampled points',
      100,
      (n) =>
        get('/metrics/get-history-bulk-interval', [...query('run_ids', n), ['metric_key', 'm']]),
    ],
    [
      'runs of a history',
      100,
      (n) => get('/metrics/get-history-bulk', [...query('run_id', n), ['metric_key', 'm']]),
    ],
    [
      'experiments whose datasets are looked for',
      20,
      (n) => post('/experiments/search-datasets', { experiment_ids: many(n, (i) => `${i}`) }),
    ],
  ])('%s: %d', async (_, limit, send) => {
    const [at, over] = [await send(limit), await send(limit + 1)];
    expect([at.status, at.body.message]).toEqual([200, undefined]);
    expect([over.status, over.body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });

  it('a metric names a dataset by name and digest, or none', async () => {
    const message = 'Both dataset_name and dataset_digest must be provided if one is provided';
    for (const half of [{ dataset_name: 'd' }, { dataset_name: '', dataset_digest: 'g' }]) {
      const wrong = { ...point('half'), ...half, timestamp: -1 };
      for (const answer of [
        await log(run_id, { metrics: [point('m'), wrong] }),
        await post('/runs/log-metric', { run_id: 'none', ...wrong }),
      ]) {
        expect(answer).toMatchObject({ status: 400, body: { message } });
      }
    }
    const whole = { ...point('whole'), dataset_name: 'd', dataset_digest: 'g' };
    expect((await log(run_id, { metrics: [whole] })).status).toBe(200);
  });

  it('an id has 256 characters: a longer one is none', async () => {
    const asked = async (length: number) => (await log(x(length), { tags: tags(1) })).status;
    expect([await asked(256), await asked(257)]).toEqual([404, 400]);
  });

  it.each([
    ['param', 6000, '/runs/log-parameter', 'params'],
    ['tag', 8000, '/runs/set-tag', 'tags'],
  ] as const)(
    'the value of a %s has %d characters: what is more is cut',
    async (_, limit, path, list) => {
      const own = await aRun();
      const values = [faces(limit), faces(limit + 1)];
      for (const [i, value] of values.entries()) {
        expect((await post(path, { run_id: own, key: `k${i}`, value })).status).toBe(200);
      }
      const told = asObject((await runData(own))[list]);
      expect([told.k0, told.k1]).toEqual([values[0], values[0]]);
    },
  );

  it('no page is asked for with less than one row', async () => {
    for (const max_results of [0, -1]) {
      for (const path of ['/runs/search', '/experiments/search']) {
        const asked = { experiment_ids: [experiment_id], max_results };
        expect([path, (await post(path, asked)).status]).toEqual([path, 400]);
      }
    }
  });
});

describe('ids that are given twice', () => {
  it('find every run, and every point of a run, once', async () => {
    const own = await anExperiment();
    const id = await aRun({ experiment_id: own });
    await log(id, { metrics: metrics(3) });
    const { body } = await post('/runs/search', { experiment_ids: [own, own] });
    expect(body.runs.map(({ info }) => info.run_id)).toEqual([id]);
    const twice: [string, string][] = [
      ['run_id', id],
      ['run_id', id],
      ['metric_key', 'm'],
    ];
    expect((await get('/metrics/get-history-bulk', twice)).body.metrics).toHaveLength(3);
  });
});

describe('clocks that differ', () => {
  const AT_ONCE = {
    minRuns: 1,
    maxFresh: 1000,
    maxRuns: 100,
    maxRows: 100,
    crowd: 1000,
    rest: { ended: 0, running: 0, crowd: 0, sought: 0 },
  };
  const HOUR = 3_600_000;

  it('of writers and of what settles runs lose and repeat nothing', async () => {
    const own = await anExperiment();
    const ids = await Promise.all(many(4, (i) => aRun({ experiment_id: own, start_time: i })));
    const [first = ''] = ids;
    const tell = (value: number) =>
      log(first, { metrics: [{ ...point('m'), value, step: value }] });
    for (const [i, skew] of [-HOUR, HOUR, -24 * HOUR, 0].entries()) {
      await tell(i);
      // As it looks to a machine whose clock is ahead or behind of those that wrote.
      expect(await compactRuns(own, Date.now() + skew, AT_ONCE)).toBe(i === 0 ? 4 : 1);
      const { body } = await post('/runs/search', {
        experiment_ids: [own],
        order_by: ['metrics.m'],
      });
      expect(body.runs).toHaveLength(4);
      expect(body.runs[0]?.data.metrics).toMatchObject([{ value: i }]);
    }
  });

  it('of trainings leave points in the order of their times, and the last step as the latest', async () => {
    const id = await aRun();
    const now = Date.now();
    const times = [now, 0, now + 365 * 24 * HOUR, 1, now - 1];
    for (const [step, timestamp] of times.entries()) {
      await log(id, { metrics: [{ key: 'm', value: step, timestamp, step }] });
    }
    const { body } = await get('/metrics/get-history', { run_id: id, metric_key: 'm' });
    expect(body.metrics.map(({ step }) => step)).toEqual([1, 3, 4, 0, 2]);
    expect((await runData(id)).metrics).toMatchObject([{ step: 4 }]);
  });
});
