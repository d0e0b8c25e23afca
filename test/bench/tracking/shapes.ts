import { AcknowledgedPoints, AcknowledgedRuns, stepsOf } from './acknowledged.ts';
import type { HttpClient } from './http-client.ts';
import type { ServerName } from './servers.ts';

const API = '/api/2.0/mlflow';
const AJAX = '/ajax-api/2.0/mlflow';

/** What the shapes work on: made before any of them is measured. */
export interface Bench {
  readonly server: ServerName;
  readonly client: HttpClient;
  readonly users: number;
  /** Experiments by their number of runs. */
  readonly seeded: ReadonlyMap<number, string>;
}

export interface Shape {
  readonly name: string;
  readonly users: number;
  /** Requests at most, in a full measurement. */
  readonly maxRequests: number;
  /** Names it must contain to be run with `--shapes`. */
  readonly group: 'write' | 'read' | 'search' | 'history';
  /** Prepares and returns the request; undefined where the server has no such endpoint. */
  readonly prepare: (bench: Bench) => Promise<((i: number) => Promise<void>) | undefined>;
  /** Reads back what was acknowledged; returns how much of it is missing. */
  readonly verify?: (bench: Bench) => Promise<number>;
}

interface RunAnswer {
  readonly run: { readonly info: { readonly run_id: string } };
}

async function newRuns({ client }: Bench, count: number): Promise<string[]> {
  const ids: string[] = [];
  // Few at a time: what is prepared must not fail on a server that a crowd overwhelms.
  for (let start = 0; start < count; start += 4) {
    const size = Math.min(4, count - start);
    const made = Array.from({ length: size }, () =>
      client.call<RunAnswer>('POST', `${API}/runs/create`, {
        experiment_id: '0',
        start_time: Date.now(),
      }),
    );
    ids.push(...(await Promise.all(made)).map(({ run }) => run.info.run_id));
  }
  return ids;
}

const good = async ({ client }: Bench, method: string, path: string, body?: object) => {
  const { status, text } = await client.send(method, path, body && JSON.stringify(body));
  if (status !== 200) throw new Error(`${status} ${text.slice(0, 200)}`);
  return text;
};

/** Batches of `keys` × `steps` points, each user to a run of its own. */
function metricBatch(keys: number, steps: number): Shape {
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

function onePoint(): Shape {
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

function paramBatch(count: number): Shape {
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

function createRun(): Shape {
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

const getRun: Shape = {
  name: 'GetRun',
  group: 'read',
  users: 20,
  maxRequests: 20_000,
  prepare: async (bench) => {
    const [run_id = ''] = await newRuns(bench, 1);
    const metrics = Array.from({ length: 10 }, (_, n) => ({
      key: `m${n}`,
      value: n,
      timestamp: 1,
      step: 0,
    }));
    const params = Array.from({ length: 10 }, (_, n) => ({ key: `p${n}`, value: `${n}` }));
    await good(bench, 'POST', `${API}/runs/log-batch`, { run_id, metrics, params });
    return async () => void (await good(bench, 'GET', `${API}/runs/get?run_id=${run_id}`));
  },
};

const searchExperiments: Shape = {
  name: 'SearchExperiments',
  group: 'read',
  users: 20,
  maxRequests: 20_000,
  prepare: async (bench) => async () => {
    await good(bench, 'POST', `${API}/experiments/search`, { max_results: 100 });
  },
};

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

const shortHistory: Shape = {
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

const longHistory: Shape = {
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

const sampledHistory: Shape = {
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

interface SearchAnswer {
  readonly runs?: readonly object[];
  readonly next_page_token?: string;
}

function search(name: string, size: number, body: object, rows: number, pagesBefore = 0): Shape {
  return {
    name: `${name} of ${size.toLocaleString('en')}`,
    group: 'search',
    users: 4,
    maxRequests: 400,
    prepare: async (bench) => {
      const experiment = bench.seeded.get(size);
      if (experiment === undefined) return undefined;
      const wanted = { experiment_ids: [experiment], ...body };
      let token: string | undefined;
      for (let page = 0; page < pagesBefore; page++) {
        const answer = await bench.client.call<SearchAnswer>('POST', `${API}/runs/search`, {
          ...wanted,
          ...(token && { page_token: token }),
        });
        token = answer.next_page_token;
      }
      const request = { ...wanted, ...(token && { page_token: token }) };
      return async () => {
        const text = await good(bench, 'POST', `${API}/runs/search`, request);
        const found = text.split('"info":').length - 1;
        if (found !== rows) throw new Error(`${found} runs of ${rows}`);
      };
    },
  };
}

const FILTERED = {
  filter: "metrics.m1 > 0.5 AND params.p0 = 'v3'",
  order_by: ['metrics.m2 DESC'],
  max_results: 20,
};

export const SHAPES: readonly Shape[] = [
  createRun(),
  onePoint(),
  metricBatch(10, 4),
  metricBatch(100, 4),
  metricBatch(500, 2),
  paramBatch(10),
  paramBatch(100),
  getRun,
  searchExperiments,
  shortHistory,
  longHistory,
  sampledHistory,
  ...[1000, 23_500, 100_000].flatMap((size) => [
    search('Newest 100', size, { max_results: 100 }, 100),
    search('Filter and order, 20', size, FILTERED, 20),
    ...(size > 1000
      ? [
          search('SearchRuns 1,000', size, { max_results: 1000 }, 1000),
          search('Page 50 of 100', size, { max_results: 100 }, 100, 49),
        ]
      : []),
  ]),
];
