import { appendMetrics } from '../../../functions/tracking/metric-store.ts';
import { putRun } from '../../../functions/tracking/run-store.ts';
import { oldestFreshRuns } from '../../../functions/tracking/settled-run-store.ts';
import type { SeedRun } from './seed-runs.ts';
import type { RunningServer } from './servers.ts';

const CONCURRENCY = 32;

/** Writes runs with the product's own stores into a running host's tables. */
export async function seedSlipway(
  server: RunningServer,
  count: number,
  runs: (i: number) => SeedRun,
): Promise<void> {
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: server.awsUrl,
    TRACKING_TABLE: 'slipway-dev-tracking',
    METRICS_TABLE: 'slipway-dev-metrics',
  });
  let next = 0;
  const writer = async () => {
    while (next < count) {
      const { run, metrics } = runs(next++);
      await putRun(run);
      await appendMetrics(run.run_id, metrics);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, writer));
  await compacted(runs(0).run.experiment_id);
}

/** Fresh runs that may stay: compaction begins at 64. */
const FRESH = 100;
const COMPACTION_MS = 600_000;

/** Waits until the product's own compaction has caught up. */
async function compacted(experimentId: string): Promise<void> {
  for (const deadline = Date.now() + COMPACTION_MS; Date.now() < deadline; ) {
    if ((await oldestFreshRuns(experimentId, FRESH)).length < FRESH) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('Compaction did not catch up');
}
