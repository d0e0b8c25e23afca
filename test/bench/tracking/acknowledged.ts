import type { HttpClient } from './http-client.ts';

const API = '/api/2.0/mlflow';

/** Keys of a run whose histories are read back: there may be hundreds. */
const KEYS_VERIFIED = 3;

/** Steps of the points that a server has acknowledged, which differ within a run and key. */
export class AcknowledgedPoints {
  private readonly runs = new Map<string, Map<string, Set<number>>>();

  add(run: string, key: string, steps: readonly number[]): void {
    const keys = this.runs.get(run) ?? new Map<string, Set<number>>();
    this.runs.set(run, keys);
    const known = keys.get(key);
    if (known) for (const step of steps) known.add(step);
    else if (keys.size < KEYS_VERIFIED) keys.set(key, new Set(steps));
  }

  clear(): void {
    this.runs.clear();
  }

  /** How many of them are not in the histories. */
  async missing(client: HttpClient): Promise<number> {
    let missing = 0;
    for (const [run, keys] of this.runs) {
      for (const [key, steps] of keys) {
        missing += steps.difference(new Set(await stepsOf(client, run, key))).size;
      }
    }
    return missing;
  }
}

/** Steps of a metric's points, page by page. */
export async function stepsOf(
  client: HttpClient,
  run_id: string,
  metric_key: string,
): Promise<number[]> {
  const steps: number[] = [];
  let token = '';
  do {
    const query = new URLSearchParams({ run_id, metric_key, max_results: '25000' });
    if (token) query.set('page_token', token);
    const page = await client.call<{
      metrics?: { readonly step?: number | string }[];
      next_page_token?: string;
    }>('GET', `${API}/metrics/get-history?${query}`);
    for (const { step = 0 } of page.metrics ?? []) steps.push(Number(step));
    token = page.next_page_token ?? '';
  } while (token);
  return steps;
}

type Pairs = Readonly<Record<string, string>>;

interface RunAnswer {
  readonly run?: {
    readonly data?: { readonly params?: readonly { key: string; value: string }[] };
  };
}

/** Runs whose creation was acknowledged, with the params that were. */
export class AcknowledgedRuns {
  private readonly runs = new Map<string, Pairs>();

  add(run: string, params: Pairs): void {
    this.runs.set(run, { ...this.runs.get(run), ...params });
  }

  clear(): void {
    this.runs.clear();
  }

  /** How many runs and params cannot be read. */
  async missing(client: HttpClient): Promise<number> {
    let missing = 0;
    for (const [run_id, params] of this.runs) {
      const { status, text } = await client.send('GET', `${API}/runs/get?run_id=${run_id}`);
      const { run } = status === 200 ? (JSON.parse(text) as RunAnswer) : {};
      const found = new Map(run?.data?.params?.map(({ key, value }) => [key, value]));
      const lost = Object.entries(params).filter(([key, value]) => found.get(key) !== value);
      missing += lost.length + (run ? 0 : 1);
    }
    return missing;
  }
}
