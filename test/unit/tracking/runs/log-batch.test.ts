import { describe, expect, it } from 'vitest';
import { aRun, asObject, get, log, post, runData, useTracking } from '../api.ts';

useTracking();

const point = (key: string, value: unknown, step = 0, timestamp = 1) => ({
  key,
  value,
  step,
  timestamp,
});

const many = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

describe('logging', () => {
  it('shows the latest value of each metric by step, timestamp and value', async () => {
    const run_id = await aRun();
    await log(run_id, { metrics: [point('loss', 3, 1), point('loss', 1, 2), point('acc', 5)] });
    await log(run_id, { metrics: [point('loss', 9, 1, 99)] });
    await post('/runs/log-metric', { run_id, key: 'acc', value: 7, timestamp: 1 });
    const { metrics } = await runData(run_id);
    expect(asObject(metrics)).toEqual({ loss: 1, acc: 7 });
    expect(metrics).toContainEqual({ key: 'loss', value: 1, timestamp: 1, step: 2 });
  });

  it('keeps NaN and clamps infinities', async () => {
    const run_id = await aRun();
    await log(run_id, {
      metrics: [point('nan', 'NaN'), point('up', 'Infinity'), point('down', '-Infinity')],
    });
    expect(asObject((await runData(run_id)).metrics)).toEqual({
      nan: 'NaN',
      up: 1.7976931348623157e308,
      down: -1.7976931348623157e308,
    });
  });

  it('takes a full batch of metrics, params and tags', async () => {
    const run_id = await aRun();
    const { status } = await log(run_id, {
      metrics: many(800, (i) => point(`metric ${i}`, i)),
      params: many(100, (i) => ({ key: `p${i}`, value: `${i}` })),
      tags: many(100, (i) => ({ key: `t${i}`, value: `${i}` })),
    });
    expect(status).toBe(200);
    const data = await runData(run_id);
    expect([data.metrics.length, data.params.length, data.tags.length]).toEqual([800, 100, 101]);
  });

  it('takes empty texts as values', async () => {
    const run_id = await aRun();
    await log(run_id, { params: [{ key: 'p', value: '' }], tags: [{ key: 't' }] });
    const { params, tags } = await runData(run_id);
    expect(asObject(params)).toEqual({ p: '' });
    expect(asObject(tags).t).toBe('');
  });

  it('loses nothing when many log to one run at once', async () => {
    const run_id = await aRun();
    const answers = await Promise.all(
      many(60, (i) =>
        log(run_id, {
          metrics: [point('loss', i, i), point(`m${i}`, i)],
          params: [{ key: `p${i}`, value: 'x'.repeat(30) }],
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(60).fill(200));
    const data = await runData(run_id);
    expect(data.params).toHaveLength(60);
    expect(data.metrics).toHaveLength(61);
    const history = await get('/metrics/get-history', { run_id, metric_key: 'loss' });
    expect(history.body.metrics).toHaveLength(60);
  });

  it.each([
    [{ metrics: many(1001, () => point('m', 1)) }, 'at most 1000 metrics. Got 1001 metrics.'],
    [{ params: many(101, (i) => ({ key: `${i}`, value: '' })) }, 'at most 100 params. Got 101'],
    [{ tags: many(101, (i) => ({ key: `${i}`, value: '' })) }, 'at most 100 tags. Got 101'],
    [
      { metrics: many(950, () => point('m', 1)), tags: many(51, (i) => ({ key: `${i}` })) },
      'at most 1000 metrics, params, and tags. Got 1001',
    ],
    [{ params: many(2, () => ({ key: 'twice', value: '' })) }, "submitted: ['twice']."],
    [{ params: many(2, () => ({ key: 'twice\n', value: '' })) }, "submitted: ['twice\\n']."],
    [{ metrics: [{ key: 'm', value: 1 }] }, "parameter 'metrics[0].timestamp'"],
    [{ metrics: [point('m', 1, 0, -1)] }, 'Timestamp must be a nonnegative long'],
    [
      { metrics: [point('bad!', 1)] },
      `Invalid value "bad!" for parameter 'metrics[0].name' supplied`,
    ],
    [{ params: [{ key: '../x', value: '' }] }, `"../x" for parameter 'params[0].key' supplied`],
    [{ tags: [{ key: 'a//b', value: '' }] }, "This name would resolve to 'a/b'"],
    [{ tags: [{ key: '/a', value: '' }] }, 'must not resolve to other names'],
    [{ tags: [{ key: 'a/', value: '' }] }, 'must not resolve to other names'],
    [{ tags: [{ key: 'x'.repeat(251), value: '' }] }, "'tags[0].key' exceeds the maximum length"],
  ])('refuses %.70j', async (batch, message) => {
    const { status, body } = await log(await aRun(), batch);
    expect(status).toBe(400);
    expect(body.message).toContain(message);
  });

  it('shows values that would change as Python does', async () => {
    const run_id = await aRun();
    await log(run_id, { params: [{ key: 'p', value: "it's" }] });
    const { body } = await log(run_id, { params: [{ key: 'p', value: 'a\n"' }] });
    expect(body.message).toContain(
      `logged='[{'key': 'p', 'old_value': "it's", 'new_value': 'a\\n"'}]'`,
    );
  });

  it('looks for a run by any id of letters and digits', async () => {
    for (const run_id of ['aä', 'a²\n']) {
      expect((await log(run_id, {})).body.message).toBe(`Run with id=${run_id} not found`);
    }
    expect((await log('ä', {})).status).toBe(400);
  });

  it('accepts letters of any alphabet in names', async () => {
    const run_id = await aRun();
    await log(run_id, { metrics: [point('точность/β-1: x_2.0', 1)] });
    expect((await runData(run_id)).metrics[0]?.key).toBe('точность/β-1: x_2.0');
  });

  it.each([{}, { metrics: [point('m', 1)] }, { params: [{ key: 'p', value: '1' }] }])(
    'answers 404 for a run that is not there: %j',
    async (batch) => {
      expect(await log('nothing', batch)).toMatchObject({
        status: 404,
        body: { message: 'Run with id=nothing not found' },
      });
    },
  );

  it('says when the tags of a new run or experiment are too many', async () => {
    const tags = many(100, (i) => ({ key: `t${i}`, value: 'x'.repeat(5000) }));
    for (const [path, body] of [
      ['/runs/create', { experiment_id: '0', tags }],
      ['/experiments/create', { name: 'full', tags }],
    ] as const) {
      expect(await post(path, body)).toMatchObject({
        status: 400,
        body: {
          error_code: 'INVALID_PARAMETER_VALUE',
          message: expect.stringContaining('400 KB'),
        },
      });
    }
  });
});

describe('a param', () => {
  it('may be logged again with the same value', async () => {
    const run_id = await aRun();
    const params = [
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ];
    for (let i = 0; i < 3; i++) expect((await log(run_id, { params })).status).toBe(200);
    await log(run_id, {
      params: [...params, { key: 'c', value: '3' }],
      tags: [{ key: 't', value: 'x' }],
    });
    const data = await runData(run_id);
    expect(asObject(data.params)).toEqual({ a: '1', b: '2', c: '3' });
    expect(asObject(data.tags).t).toBe('x');
  });

  it('never changes', async () => {
    const run_id = await aRun();
    await log(run_id, { params: [{ key: 'a', value: '1' }] });
    const { status, body } = await post('/runs/log-parameter', { run_id, key: 'a', value: '2' });
    expect(status).toBe(400);
    expect(body.message).toBe(
      "Changing param values is not allowed. Param with key='a' was already logged with value='1' " +
        `for run ID='${run_id}'. Attempted logging new value '2'.`,
    );
  });

  it('that changes keeps its whole batch out', async () => {
    const run_id = await aRun();
    await log(run_id, { params: [{ key: 'a', value: '1' }] });
    const params = [
      { key: 'new', value: 'x' },
      { key: 'a', value: '2' },
    ];
    const { body } = await log(run_id, { params, metrics: [point('m', 1)], tags: [{ key: 't' }] });
    expect(body.message).toContain("[{'key': 'a', 'old_value': '1', 'new_value': '2'}]");
    const data = await runData(run_id);
    expect(asObject(data.params)).toEqual({ a: '1' });
    expect(data.metrics).toBeUndefined();
    expect(asObject(data.tags).t).toBeUndefined();
  });

  it('has one winner when several log different values at once', async () => {
    const run_id = await aRun();
    const answers = await Promise.all(
      many(8, (i) => log(run_id, { params: [{ key: 'a', value: `${i}` }] })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is cut at 6000 characters, and equal to itself then', async () => {
    const run_id = await aRun();
    const params = [{ key: 'long', value: 'x'.repeat(7000) }];
    for (let i = 0; i < 2; i++) expect((await log(run_id, { params })).status).toBe(200);
    expect(asObject((await runData(run_id)).params).long).toHaveLength(6000);
  });
});
