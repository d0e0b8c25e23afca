import { stepsOf } from '../acknowledged.ts';
import { API, type Bench, good, newRuns, type Shape } from './shape.ts';

const AJAX = '/ajax-api/2.0/mlflow';

/** Logs a history of `count` points per key, a thousand a call. */
async function historyRun(bench: Bench, keys: number, count: number): Promise<string> {
  const [run_id = ''] = await newRuns(bench, 1);
  for (let start = 0; start < count * keys; start += 1000) {
    const metrics = Array.from({ length: Math.min(1000, count * keys - start) }, (_, n) => ({
      key: `m${(start + n) % keys}`,
      value: Math.random(),
      timestamp: 1_750_000_000_000 + start + n,
      step: Math.floor((start + n) / keys),
    }));
    await good(bench, 'POST', `${API}/runs/log-batch`, { run_id, metrics });
  }
  return run_id;
}

export const shortHistory: Shape = {
  name: 'GetMetricHistory 400 of 3 x 400',
  group: 'history',
  users: 20,
  maxRequests: 10_000,
  prepare: async (bench) => {
    const run = await historyRun(bench, 3, 400);
    const path = `${API}/metrics/get-history?run_id=${run}&metric_key=m1`;
    return async () => void (await good(bench, 'GET', path));
  },
};

export const longHistory: Shape = {
  name: 'History of 100,000 points, all pages',
  group: 'history',
  users: 4,
  maxRequests: 40,
  prepare: async (bench) => {
    const run = await historyRun(bench, 1, 100_000);
    return async () => {
      const { length } = await stepsOf(bench.client, run, 'm0');
      if (length !== 100_000) throw new Error(`${length} points of 100,000`);
    };
  },
};

export const sampledHistory: Shape = {
  name: 'History of 100,000 points, 320 samples',
  group: 'history',
  users: 4,
  maxRequests: 400,
  prepare: async (bench) => {
    const run = await historyRun(bench, 1, 100_000);
    // FastTrackML has no samples, but a page of the bulk endpoint.
    const path =
      bench.server === 'fasttrackml'
        ? `${API}/metrics/get-history-bulk?run_id=${run}&metric_key=m0&max_results=320`
        : `${AJAX}/metrics/get-history-bulk-interval?run_ids=${run}&metric_key=m0&max_results=320`;
    if ((await bench.client.send('GET', path)).status === 404) return undefined;
    return async () => void (await good(bench, 'GET', path));
  },
};
