import { AcknowledgedPoints, AcknowledgedRuns } from '../acknowledged.ts';
import { API, good, newRuns, type RunAnswer, type Shape } from './shape.ts';

/** Batches of `keys` × `steps` points, each user to a run of its own. */
export function metricBatch(keys: number, steps: number): Shape {
  const acknowledged = new AcknowledgedPoints();
  return {
    name: `LogMetricBatch ${keys} keys x ${steps} steps`,
    group: 'write',
    users: 20,
    maxRequests: 4000,
    prepare: async (bench) => {
      acknowledged.clear();
      const runs = await newRuns(bench, bench.users);
      return async (i) => {
        const run_id = runs[i % runs.length] ?? '';
        const metrics = Array.from({ length: keys * steps }, (_, n) => ({
          key: `metric-${n % keys}`,
          value: Math.random(),
          timestamp: 1_750_000_000_000 + i * 1000 + n,
          step: i * steps + Math.floor(n / keys),
        }));
        await good(bench, 'POST', `${API}/runs/log-batch`, { run_id, metrics });
        const logged = Array.from({ length: steps }, (_, n) => i * steps + n);
        for (let k = 0; k < keys; k++) acknowledged.add(run_id, `metric-${k}`, logged);
      };
    },
    verify: ({ client }) => acknowledged.missing(client),
  };
}

export function onePoint(): Shape {
  const acknowledged = new AcknowledgedPoints();
  return {
    name: 'LogMetric',
    group: 'write',
    users: 20,
    maxRequests: 20_000,
    prepare: async (bench) => {
      acknowledged.clear();
      const runs = await newRuns(bench, bench.users);
      return async (i) => {
        const run_id = runs[i % runs.length] ?? '';
        const point = { key: 'loss', value: Math.random(), timestamp: Date.now(), step: i };
        await good(bench, 'POST', `${API}/runs/log-metric`, { run_id, ...point });
        acknowledged.add(run_id, 'loss', [i]);
      };
    },
    verify: ({ client }) => acknowledged.missing(client),
  };
}

export function paramBatch(count: number): Shape {
  const acknowledged = new AcknowledgedRuns();
  return {
    name: `LogParamBatch ${count}`,
    group: 'write',
    users: 20,
    maxRequests: 400,
    prepare: async (bench) => {
      acknowledged.clear();
      const runs = await newRuns(bench, 400);
      return async (i) => {
        const run_id = runs[i] ?? '';
        const params = Array.from({ length: count }, (_, n) => ({
          key: `param-${n}`,
          value: `value ${i} ${n}`,
        }));
        await good(bench, 'POST', `${API}/runs/log-batch`, { run_id, params });
        const pairs = params.map(({ key, value }) => [key, value]);
        acknowledged.add(run_id, Object.fromEntries(pairs));
      };
    },
    verify: ({ client }) => acknowledged.missing(client),
  };
}

export function createRun(): Shape {
  const acknowledged = new AcknowledgedRuns();
  return {
    name: 'CreateRun',
    group: 'write',
    users: 20,
    maxRequests: 8000,
    prepare: async (bench) => {
      acknowledged.clear();
      return async () => {
        const body = { experiment_id: '0', start_time: Date.now() };
        const { run } = await bench.client.call<RunAnswer>('POST', `${API}/runs/create`, body);
        acknowledged.add(run.info.run_id, {});
      };
    },
    verify: ({ client }) => acknowledged.missing(client),
  };
}
