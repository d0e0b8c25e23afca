import type { HttpClient } from './http-client.ts';
import { runLoad } from './load.ts';
import { usageOfTree } from './process-tree.ts';
import type { RunningServer } from './servers.ts';

const API = '/api/2.0/mlflow';
const USERS = 20;

/** Looks at the memory, evenly over the time. */
const LOOKS = 20;

/** Requests that the life of a run takes, and among how many runs one is followed by a search. */
const CALLS_PER_RUN = 14;
const SEARCH_EVERY = 50;

interface RunAnswer {
  readonly run: { readonly info: { readonly run_id: string } };
}

/** A run as trainings make them: params, batches and single points, the end; some look for the newest runs. */
async function lifeOfARun(client: HttpClient, i: number): Promise<void> {
  const post = <T = unknown>(path: string, body: object) =>
    client.call<T>('POST', `${API}${path}`, body);
  const { run } = await post<RunAnswer>('/runs/create', {
    experiment_id: '0',
    start_time: Date.now(),
  });
  const { run_id } = run.info;
  const params = Array.from({ length: 10 }, (_, n) => ({ key: `p${n}`, value: `${i} ${n}` }));
  await post('/runs/log-batch', { run_id, params });
  for (let step = 0; step < 5; step++) {
    const point = (n: number) => ({
      key: `m${n % 10}`,
      value: Math.random(),
      timestamp: Date.now(),
      step: step * 4 + Math.floor(n / 10),
    });
    await post('/runs/log-batch', {
      run_id,
      metrics: Array.from({ length: 40 }, (_, n) => point(n)),
    });
    await post('/runs/log-metric', { run_id, ...point(step), key: 'loss' });
  }
  await post('/runs/update', { run_id, status: 'FINISHED', end_time: Date.now() });
  await client.call('GET', `${API}/runs/get?run_id=${run_id}`);
  if (i % SEARCH_EVERY > 0) return;
  await post('/runs/search', { experiment_ids: ['0'], max_results: 100 });
}

/**
 * Minutes of load on one server, and what it does to the memory: megabytes at each look, and the line
 * through those of the second half, in megabytes an hour.
 */
export async function soak(server: RunningServer, client: HttpClient, minutes: number) {
  const looks: number[] = [];
  const seconds = (minutes * 60) / LOOKS;
  let runs = 0;
  let errors = 0;
  for (let look = 0; look < LOOKS; look++) {
    const load = await runLoad(
      {
        users: USERS,
        seconds,
        maxRequests: Number.POSITIVE_INFINITY,
        request: (i) => lifeOfARun(client, runs + i),
      },
      server.pid,
    );
    runs += load.good;
    errors += load.errors;
    looks.push(Math.round(usageOfTree(server.pid).rssMb));
  }
  return {
    server: server.name,
    shape: `Soak of ${minutes} min`,
    good: runs * CALLS_PER_RUN,
    errors,
    rssMb: looks.at(-1) ?? Number.NaN,
    rssMbByTime: looks.join(' '),
    mbPerHour: Math.round((slope(looks.slice(LOOKS / 2)) * 3600) / seconds),
  };
}

/** By least squares, of values at equal distances. */
function slope(values: readonly number[]): number {
  const mean = (some: readonly number[]) => some.reduce((a, b) => a + b, 0) / some.length;
  const [x, y] = [(values.length - 1) / 2, mean(values)];
  const over = values.reduce((sum, value, i) => sum + (i - x) * (value - y), 0);
  return over / values.reduce((sum, _, i) => sum + (i - x) ** 2, 0);
}
