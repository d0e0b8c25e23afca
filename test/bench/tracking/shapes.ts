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
  /** Reads back what was acknowledged; returns how many points are missing. */
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

/** Acknowledged points by run and key. */
type Ledger = Map<string, Map<string, number>>;

function acknowledge(ledger: Ledger, run: string, key: string, points: number): void {
  const keys = ledger.get(run) ?? new Map<string, number>();
  ledger.set(run, keys);
  keys.set(key, (keys.get(key) ?? 0) + points);
}

const KEYS_VERIFIED = 3;

/** Points that were acknowledged and are not in the histories. */
async function missingPoints(bench: Bench, ledger: Ledger): Promise<number> {
  let missing = 0;
  for (const [run_id, keys] of ledger) {
    for (const [key, expected] of [...keys].slice(0, KEYS_VERIFIED)) {
      missing += Math.max(0, expected - (await historyLength(bench, run_id, key)));
    }
  }
  return missing;
}

async function historyLength(bench: Bench, run_id: string, metric_key: string): Promise<number> {
  let count = 0;
  let token = '';
  do {
    const query = new URLSearchParams({ run_id, metric_key, max_results: '25000' });
    if (token) query.set('page_token', token);
    const page = await bench.client.call<{ metrics?: object[]; next_page_token?: string }>(
      'GET',
      `${API}/metrics/get-history?${query}`,
    );
    count += page.metrics?.length ?? 0;
    token = page.next_page_token ?? '';
  } while (token);
  return count;
}

/** Batches of `keys` × `steps` points, each user to a run of its own. */
function metricBatch(keys: number, steps: number): Shape {
  const ledger: Ledger = new Map();
  return {
    name: `LogMetricBatch ${keys} keys x ${steps} steps`,
    group: 'write',
    users: 20,
    maxRequests: 4000,
    prepare: async (bench) => {
      ledger.clear();
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
        for (let k = 0; k < Math.min(keys, KEYS_VERIFIED); k++) {
          acknowledge(ledger, run_id, `metric-${k}`, steps);
        }
      };
    },
    verify: (bench) => missingPoints(bench, ledger),
  };
}

function onePoint(): Shape {
  const ledger: Ledger = new Map();
  return {
    name: 'LogMetric',
    group: 'write',
    users: 20,
    maxRequests: 20_000,
    prepare: async (bench) => {
      ledger.clear();
      const runs = await newRuns(bench, bench.users);
      return async (i) => {
        const run_id = runs[i % runs.length] ?? '';
        const point = { key: 'loss', value: Math.random(), timestamp: Date.now(), step: i };
        await good(bench, 'POST', `${API}/runs/log-metric`, { run_id, ...point });
        acknowledge(ledger, run_id, 'loss', 1);
      };
    },
    verify: (bench) => missingPoints(bench, ledger),
  };
}

const paramBatch = (count: number): Shape => ({
  name: `LogParamBatch ${count}`,
  group: 'write',
  users: 20,
  maxRequests: 400,
  prepare: async (bench) => {
    const runs = await newRuns(bench, 400);
    return async (i) => {
      const params = Array.from({ length: count }, (_, n) => ({
        key: `param-${n}`,
        value: `value ${i} ${n}`,
      }));
      await good(bench, 'POST', `${API}/runs/log-batch`, { run_id: runs[i], params });
    };
  },
});

const createRun: Shape = {
  name: 'CreateRun',
  group: 'write',
  users: 20,
  maxRequests: 8000,
  prepare: async (bench) => async () => {
    const body = { experiment_id: '0', start_time: Date.now() };
    await good(bench, 'POST', `${API}/runs/create`, body);
  },
};

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
      const found = await historyLength(bench, run, 'm0');
      if (found !== 100_000) throw new Error(`${found} points of 100,000`);
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
  createRun,
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
