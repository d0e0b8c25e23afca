import { chunksOf } from '../../../functions/shared/chunks.ts';
import { transactWrite } from '../../../functions/shared/dynamo/index.ts';
import { newId } from '../../../functions/shared/ids.ts';
import { replaceManifest } from '../../../functions/shared/segments/index.ts';
import { packMetrics } from '../../../functions/tracking/metrics/metric-codec.ts';
import { openMetrics } from '../../../functions/tracking/metrics/metric-store.ts';
import { newChunkName } from '../../../functions/tracking/metrics/open-chunks.ts';
import { putHead } from '../../../functions/tracking/runs/run-store.ts';
import { packSegment } from '../../../functions/tracking/segments/segment.ts';
import {
  loadManifest,
  manifestOf,
  putSegment,
  type SegmentEntry,
} from '../../../functions/tracking/segments/segment-store.ts';
import type { SeedRun } from './seed-runs.ts';
import type { RunningServer } from './servers.ts';

/** Runs of a segment, as many as a pass of the compaction takes. */
const ROWS = 1600;

/** Runs whose two items go into one transaction. */
const RUNS_PER_TRANSACTION = 50;

/** Writes what there is when all runs were logged through the API and have come to rest. */
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
  const segments: SegmentEntry[] = [];
  for (let start = 0; start < count; start += ROWS) {
    const size = Math.min(ROWS, count - start);
    segments.push(await seedSegment(Array.from({ length: size }, (_, i) => runs(start + i))));
  }
  const experimentId = runs(0).run.experiment_id;
  const written = await replaceManifest(
    manifestOf(experimentId),
    await loadManifest(experimentId),
    {
      segments,
    },
  );
  if (!written) throw new Error('Somebody else has compacted the seeded experiment');
}

async function seedSegment(seeds: readonly SeedRun[]): Promise<SegmentEntry> {
  const id = newId();
  for (const batch of chunksOf(seeds, RUNS_PER_TRANSACTION)) {
    await transactWrite(batch.flatMap((seed) => settledRun(seed, id)));
  }
  const rows = seeds.map(({ run, metrics }) => ({ run, metrics, extra: '', again: false }));
  const body = packSegment(rows);
  const ids = seeds.map(({ run }) => run.run_id);
  await putSegment(id, body, ids);
  const starts = seeds.map(({ run }) => run.start_time);
  return {
    id,
    rows: rows.length,
    bytes: body.length,
    newest: Math.max(...starts),
    oldest: Math.min(...starts),
    again: false,
    settling: false,
  };
}

function settledRun({ run, metrics }: SeedRun, segment: string) {
  const head = putHead(run, newId());
  const open = openMetrics(run.run_id, newId());
  const chunk = { [newChunkName()]: packMetrics(metrics) };
  return [
    { ...head, put: { ...head.put, settled: segment } },
    { ...open, put: { ...open.put, ...chunk, settled: segment } },
  ];
}
