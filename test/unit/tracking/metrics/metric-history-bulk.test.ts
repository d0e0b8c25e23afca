import { describe, expect, it } from 'vitest';
import { handler } from '../../../../functions/tracking/tracking.lambda.ts';
import { callForText } from '../../../support/call-api.ts';
import { aRun, get, log, useTracking } from '../api.ts';

useTracking();

interface Point {
  readonly run_id: string;
  readonly step: number;
  readonly timestamp: number;
}

/** A run whose later steps have earlier timestamps. */
async function aRunWith(count: number): Promise<string> {
  const run_id = await aRun();
  const point = (step: number) => ({ key: 'loss', value: step, timestamp: 1000 - step, step });
  const metrics = Array.from({ length: count }, (_, step) => point(step));
  await log(run_id, { metrics: [...metrics, { ...point(0), key: 'acc' }] });
  return run_id;
}

type Query = [string, string][];
const bulk = (ids: readonly string[], ...more: Query) =>
  get('/metrics/get-history-bulk', [...ids.map((id): Query[0] => ['run_id', id]), ...more]);
const interval = (ids: readonly string[], ...more: Query) =>
  get('/metrics/get-history-bulk-interval', [
    ...ids.map((id): Query[0] => ['run_ids', id]),
    ...more,
  ]);
const loss: Query[0] = ['metric_key', 'loss'];
const tooMany = Array.from({ length: 101 }, (_, i) => `r${i}`);

describe('the history of a metric of several runs', () => {
  it('comes run by run in the order of ids, each by time', async () => {
    const ids = [await aRunWith(3), await aRunWith(2)].sort();
    const { body } = await bulk([...ids].reverse(), loss);
    const found = body.metrics;
    expect(found.map(({ run_id }) => run_id)).toEqual([...found.map((p) => p.run_id)].sort());
    expect(found).toHaveLength(5);
    for (const id of ids) {
      const times = found.filter(({ run_id }) => run_id === id).map((p) => p.timestamp);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    expect((await bulk(ids, loss, ['max_results', '4'])).body.metrics).toHaveLength(4);
    expect((await bulk(['unknown'], loss)).body).toEqual({ metrics: [] });
  });

  it.each([
    [[], [loss], 'must specify at least one run_id.'],
    [tooMany, [loss], 'cannot specify more than 100 run_ids. Received 101 run_ids.'],
    [['r'], [], 'must specify a metric_key.'],
  ] as [string[], Query, string][])('needs runs and a metric', async (ids, more, message) => {
    expect((await bulk(ids, ...more)).body).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: `GetMetricHistoryBulk request ${message}`,
    });
  });
});

it('writes NaN bare in the history of several runs, as Python does', async () => {
  const run_id = await aRun();
  const key = 'loss';
  await log(run_id, { metrics: [{ key, value: 'NaN', timestamp: 1, step: 0 }] });
  const query = new URLSearchParams({ run_id, metric_key: key });
  const path = `/ajax-api/2.0/mlflow/metrics/get-history-bulk?${query}`;
  const { text } = await callForText(handler, 'GET', path);
  expect(text).toBe(
    `{"metrics":[{"key":"${key}","value":NaN,"timestamp":1,"step":0,"run_id":"${run_id}"}]}`,
  );
});

describe('the sampled history of a metric of several runs', () => {
  const steps = (points: readonly Point[], id: string) =>
    points.filter(({ run_id }) => run_id === id).map(({ step }) => step);

  it('has the points at the sampled steps, by step', async () => {
    const [a, b] = [await aRunWith(10), await aRunWith(20)];
    const { body } = await interval([a, b], loss, ['max_results', '5']);
    expect(steps(body.metrics, a)).toEqual([0, 4, 8, 9]);
    expect(steps(body.metrics, b)).toEqual([0, 4, 8, 9, 12, 16, 19]);
    expect(body.metrics[0]).toEqual({ run_id: a, key: 'loss', value: 0, timestamp: 1000, step: 0 });
    const within = await interval([a, b], loss, ['start_step', '8'], ['end_step', '11']);
    expect(steps(within.body.metrics, a)).toEqual([8, 9]);
    expect(steps(within.body.metrics, b)).toEqual([8, 9, 10, 11]);
    expect((await interval([a], loss)).body.metrics).toHaveLength(10);
  });

  it.each([
    [[], [loss], /required parameter 'run_ids'/],
    [['r'], [], /required parameter 'metric_key'/],
    [tooMany, [loss], /at most 100 run_ids. Received 101 run_ids. See the API docs for more/],
    [['r'], [loss, ['max_results', '0']], /max_results must be between 1 and 2500/],
    [['r'], [loss, ['max_results', '2501']], /max_results must be between 1 and 2500/],
    [['r'], [loss, ['max_results', `${2n ** 63n}`]], /max_results must be between 1 and 2500/],
    [['r'], [loss, ['max_results', 'x']], /Invalid value "x" for parameter 'max_results'/],
    [['r'], [loss, ['max_results', '']], /Invalid value "" for parameter 'max_results'/],
    [['r'], [loss, ['start_step', '1']], /both must be specified/],
    [['r'], [loss, ['end_step', '1']], /both must be specified/],
    [
      ['r'],
      [loss, ['start_step', '2'], ['end_step', '1']],
      /end_step must be greater than start_step. Found start_step=2 and end_step=1/,
    ],
    [
      ['r'],
      [loss, ['start_step', '9223372036854775808'], ['end_step', ' ９ ']],
      /Found start_step=9223372036854775808 and end_step=9\./,
    ],
    [
      ['r'],
      [loss, ['start_step', '1'], ['end_step', '2147483648.0']],
      /Invalid value "2147483648.0" for parameter 'end_step'/,
    ],
  ] as [string[], Query, RegExp][])('refuses %s %s', async (ids, more, message) => {
    const { status, body } = await interval(ids, ...more);
    expect(status).toBe(400);
    expect(body.message).toMatch(message);
  });
});
