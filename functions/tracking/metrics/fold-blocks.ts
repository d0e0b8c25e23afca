import { batchGet, ConditionFailed, getItem, writeOne } from '../../shared/dynamo/index.ts';
import { log } from '../../shared/log.ts';
import { metricsTableName, openKey } from '../keys.ts';
import { type Metric, runPartition } from '../runs/run.ts';
import { packMetrics } from './metric-codec.ts';
import { latestMetrics } from './metric-points.ts';
import {
  type BlockItem,
  blockPoints,
  type OpenItem,
  type SummaryItem,
  summarized,
  summaryKey,
} from './metric-store.ts';
import type { KnownPoints } from './open-points.ts';

/** How many blocks, or bytes of blocks, are folded into SUMMARY at once: each fold rewrites the whole item. */
const FOLD_FROM = { blocks: 7, bytes: 48 * 1024 };

/** Pending blocks of several processes that one of them folds for all. */
const MANY_PENDING = 16;

/** Bytes of packed points in one item; DynamoDB takes 400 KB. */
export const MAX_ITEM = 256 * 1024;

const table = metricsTableName;

/** The points are durable: when this fails, whoever logs next does it. */
export async function inSpareTime(runId: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn('metrics not compacted', { runId, error: error as Error });
  }
}

/**
 * Adds blocks that this process wrote to SUMMARY when there are enough. Returns their keys: they need
 * no longer be pending.
 */
export async function foldKnown(runId: string, known: KnownPoints): Promise<readonly string[]> {
  const { pending, pendingBytes, latest } = known;
  if (pending.length < FOLD_FROM.blocks && pendingBytes < FOLD_FROM.bytes) return [];
  let folded: readonly string[] = [];
  await inSpareTime(runId, async () => {
    await summarize(runId, latest);
    folded = pending;
  });
  return folded;
}

/** Adds the pending blocks of an item to SUMMARY if they are many: their writers may have ended. */
export async function foldMany(runId: string, open: OpenItem | undefined): Promise<void> {
  if (!open || Object.keys(open.pending).length < MANY_PENDING) return;
  await inSpareTime(runId, () => fold(runId, open));
}

/** To do it twice changes nothing. */
async function fold(runId: string, { pending }: OpenItem): Promise<void> {
  const blocks = Object.keys(pending);
  const keys = blocks.map((sk) => ({ pk: runPartition(runId), sk }));
  await summarize(runId, (await batchGet<BlockItem>(table(), keys)).flatMap(blockPoints));
  await writeOne({
    table: table(),
    key: openKey(runId),
    update: `REMOVE ${blocks.map((_, i) => `pending.#${i}`).join(', ')} SET folded = :true ADD folds :one`,
    names: Object.fromEntries(blocks.map((sk, i) => [`#${i}`, sk])),
    values: { ':true': true, ':one': 1 },
  });
}

async function summarize(runId: string, points: readonly Metric[]): Promise<void> {
  for (;;) {
    const present = await getItem<SummaryItem>(table(), summaryKey(runId));
    const known = present?.latest ? await summarized(present) : [];
    const latest = packMetrics(latestMetrics([...known, ...points]));
    const complete = (!present || present.latest) && latest.length <= MAX_ITEM;
    const revision = (present?.revision ?? 0) + 1;
    try {
      return await writeOne({
        table: table(),
        put: { ...summaryKey(runId), revision, ...(complete && { latest }) },
        ...(present
          ? { condition: 'revision = :seen', values: { ':seen': present.revision } }
          : { condition: 'attribute_not_exists(pk)' }),
      });
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}
