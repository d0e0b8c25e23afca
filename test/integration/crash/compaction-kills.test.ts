import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';
import { PATIENCE_MS } from '../../support/patience.ts';

const RUNS = 150;
const KILLS = 8;
const API = '/api/2.0/mlflow';

/** Runs that may stay fresh: fewer are not worth a segment. */
const FRESH = 64;

const host = new TestHost();

beforeAll(() => host.start());
afterAll(() => host.stop());

interface Found {
  readonly info: { readonly run_id: string; readonly status: string };
  readonly data: { readonly metrics?: readonly { readonly key: string; readonly value: number }[] };
}

/** A call that is repeated until it is answered: the host may be down. */
async function call<Body extends object>(path: string, body: object): Promise<Body> {
  for (;;) {
    try {
      const answer = await host.call<Body>('POST', API + path, body);
      if (answer.status === 200) return answer.body;
    } catch {
      // Killed under this request.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function allRuns(): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  let token: string | undefined;
  do {
    const body = { experiment_ids: ['0'], max_results: 40, ...(token && { page_token: token }) };
    const answer = await call<{ runs?: Found[]; next_page_token?: string }>('/runs/search', body);
    for (const run of answer.runs ?? []) {
      expect(found.has(run.info.run_id), 'a run is listed once').toBe(false);
      found.set(run.info.run_id, run);
    }
    token = answer.next_page_token;
  } while (token);
  return found;
}

/** How many runs a search reads one by one. */
async function freshRuns(): Promise<number> {
  const { freshRuns } = await import('../../../functions/tracking/segments/settled-run-store.ts');
  return (await freshRuns('0')).length;
}

describe('a host that is killed while it compacts', () => {
  it('finds every run once, as it was last logged, and goes on to compact', async () => {
    const ids: string[] = [];
    for (let i = 0; i < RUNS; i++) {
      const created = { experiment_id: '0', start_time: i };
      const { run } = await call<{ run: Found }>('/runs/create', created);
      ids.push(run.info.run_id);
      await call('/runs/update', { run_id: run.info.run_id, status: 'FINISHED', end_time: i });
    }
    const latest = new Map<string, number>();
    for (let kill = 0; kill < KILLS; kill++) {
      // Compaction begins some seconds after the last run: the kills come before, during and after.
      await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 2500));
      await host.kill();
      await host.start();
      const run_id = ids[(kill * 17) % RUNS] ?? '';
      await call('/runs/log-metric', {
        run_id,
        key: 'late',
        value: kill,
        timestamp: kill,
        step: 0,
      });
      latest.set(run_id, kill);
      expect((await allRuns()).size).toBe(RUNS);
    }
    host.useTables({ TRACKING_TABLE: 'slipway-dev-tracking' });
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end && (await freshRuns()) >= FRESH; ) {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(await freshRuns()).toBeLessThan(FRESH);
    const found = await allRuns();
    expect([...found.keys()].sort()).toEqual(ids.toSorted());
    for (const [run_id, value] of latest) {
      const { metrics = [] } = found.get(run_id)?.data ?? {};
      expect(metrics).toMatchObject([{ key: 'late', value }]);
    }
  });
});
