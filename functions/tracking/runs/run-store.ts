import {
  batchGet,
  ConditionFailed,
  getItem,
  getPair,
  ItemTooLarge,
  transactWrite,
  type Write,
} from '../../shared/dynamo/index.ts';
import { newId } from '../../shared/ids.ts';
import type { LifecycleStage } from '../experiments/experiment.ts';
import { experimentIsActive } from '../experiments/experiment-store.ts';
import { freshKey, metricsTableName, openKey, runKey, trackingTableName } from '../keys.ts';
import {
  latestPoints,
  type OpenItem,
  openMetrics,
  setMetricsStage,
} from '../metrics/metric-store.ts';
import { NOT_SETTLED, onFreshRun, RunSettled } from '../segments/settled-run-store.ts';
import { asMarked } from '../segments/stage-mark.ts';
import { type Metric, type Run, runMissing, runRefused } from './run.ts';
import { relieveHead, withPages } from './wide-run-store.ts';

/** The head of a run as it is stored. */
export type RunItem = Run & {
  readonly pk: string;
  readonly sk: string;
  /** A ULID of its last change. */
  readonly version: string;
  /** The segment that holds it, while nobody writes to it. */
  readonly settled?: string;
  /** The epoch of its experiment in which it was settled last; absent: the first. */
  readonly settled_epoch?: number;
  /** Of a wide run: how many items beside this one hold params and tags. */
  readonly pages?: number;
};

export const toRun = ({
  pk: _pk,
  sk: _sk,
  version: _version,
  settled: _settled,
  settled_epoch: _epoch,
  pages: _pages,
  ...run
}: RunItem): Run => run;

/** Writes a run, its place in its experiment's list and room for its points. */
export async function putRun(run: Run): Promise<void> {
  const version = newId();
  await transactWrite([
    experimentIsActive(run.experiment_id),
    putHead(run, version),
    { table: trackingTableName(), put: freshKey(run) },
    openMetrics(run.run_id, version),
  ]);
}

/** The head of a new run. */
export const putHead = (run: Run, version: string) => ({
  table: trackingTableName(),
  put: { ...runKey(run.run_id), ...run, version },
  condition: 'attribute_not_exists(pk)',
});

export async function findRun(runId: string): Promise<Run | undefined> {
  const item = await getItem<RunItem>(trackingTableName(), runKey(runId));
  if (!item) return undefined;
  const [whole = item] = await asMarked(item.pages ? await withPages([item]) : [item]);
  return toRun(whole);
}

/** Throws RESOURCE_DOES_NOT_EXIST. */
export async function loadRun(runId: string): Promise<Run> {
  const run = await findRun(runId);
  if (!run) throw runMissing(runId);
  return run;
}

/** Throws RESOURCE_DOES_NOT_EXIST, and INVALID_PARAMETER_VALUE of a deleted run. */
export async function loadActiveRun(runId: string): Promise<Run> {
  const run = await loadRun(runId);
  const refused = runRefused(runId, run);
  if (refused) throw refused;
  return run;
}

/** A run with the latest point of each metric. Throws RESOURCE_DOES_NOT_EXIST. */
export async function loadRunWithMetrics(
  runId: string,
): Promise<{ readonly run: Run; readonly metrics: readonly Metric[] }> {
  const [head, open] = await getPair<RunItem, OpenItem>(
    { table: trackingTableName(), key: runKey(runId) },
    { table: metricsTableName(), key: openKey(runId) },
  );
  if (!head) throw runMissing(runId);
  const [[whole = head], latest] = await Promise.all([
    withPages([head]).then(asMarked),
    latestPoints(new Map(open && [[runId, open]])),
  ]);
  return { run: toRun(whole), metrics: latest.get(runId) ?? [] };
}

/** Runs as they are, with their pages, in no particular order. */
export const loadRunItems = async (runIds: readonly string[]): Promise<readonly RunItem[]> =>
  asMarked(await withPages(await batchGet<RunItem>(trackingTableName(), runIds.map(runKey))));

/** Runs by their ids. */
export async function loadRuns(runIds: readonly string[]): Promise<ReadonlyMap<string, Run>> {
  const items = await loadRunItems(runIds);
  return new Map(items.map((item) => [item.run_id, toRun(item)]));
}

export interface RunChange {
  readonly update: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Besides being active. */
  readonly condition?: string;
}

/**
 * Changes the head of an active run, together with other writes; one without room for that gives params
 * and tags to pages of their own first. Throws for missing and deleted runs,
 * and `ConditionFailed` when the condition or one of the other writes was refused.
 */
export function changeRun(
  runId: string,
  change: RunChange,
  more: readonly Write[] = [],
): Promise<void> {
  return onFreshRun(runId, async () => {
    try {
      await changeFreshRun(runId, change, more);
    } catch (error) {
      if (!(error instanceof ItemTooLarge)) throw error;
      await relieveHead(runId);
      await changeFreshRun(runId, change, more);
    }
  });
}

async function changeFreshRun(
  runId: string,
  { update, names, values, condition }: RunChange,
  more: readonly Write[],
): Promise<void> {
  const writable = `${NOT_SETTLED} AND lifecycle_stage = :active`;
  try {
    await transactWrite([
      {
        table: trackingTableName(),
        key: runKey(runId),
        update: withVersion(update),
        condition: condition ? `${writable} AND (${condition})` : writable,
        ...(names && { names }),
        values: { ...values, ':active': 'active', ':version': newId() },
      },
      ...more,
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed) || error.index > 0) throw error;
    const present = error.item as RunItem | undefined;
    // What the head of a settled run says may be out of date.
    throw present?.settled ? new RunSettled() : (runRefused(runId, present) ?? error);
  }
}

/** Adds the version to an update that begins with its SET clause, or has none. */
const withVersion = (update: string) =>
  update.startsWith('SET ')
    ? `SET version = :version, ${update.slice('SET '.length)}`
    : `${update} SET version = :version`;

/**
 * Deletes or restores a run for readers and for those who log to it, at once. `also`: conditions;
 * `ConditionFailed` when one of them does not hold.
 */
export async function setRunStage(
  runId: string,
  stage: LifecycleStage,
  now: number,
  also: readonly Write[] = [],
): Promise<void> {
  await onFreshRun(runId, () => setFreshRunStage(runId, stage, now, also));
}

function stageWrites(runId: string, stage: LifecycleStage, now: number): Write[] {
  const version = newId();
  const set = 'SET lifecycle_stage = :stage, version = :version';
  const values = { ':stage': stage, ':version': version };
  return [
    {
      table: trackingTableName(),
      key: runKey(runId),
      condition: `attribute_exists(pk) AND ${NOT_SETTLED}`,
      ...(stage === 'deleted'
        ? { update: `${set}, deleted_time = :now`, values: { ...values, ':now': now } }
        : { update: `${set} REMOVE deleted_time`, values }),
    },
    setMetricsStage(runId, stage, version),
  ];
}

/** The stage of several runs at once. Throws `ConditionFailed` when one of them is settled. */
export const setFreshRunStages = (
  runIds: readonly string[],
  stage: LifecycleStage,
  now: number,
  also: readonly Write[],
): Promise<void> =>
  transactWrite([...runIds.flatMap((id) => stageWrites(id, stage, now)), ...also]);

async function setFreshRunStage(
  runId: string,
  stage: LifecycleStage,
  now: number,
  also: readonly Write[],
): Promise<void> {
  const writes = stageWrites(runId, stage, now);
  try {
    await transactWrite([...writes, ...also]);
  } catch (error) {
    if (!(error instanceof ConditionFailed) || error.index >= writes.length) throw error;
    throw (error.item as RunItem | undefined)?.settled ? new RunSettled() : runMissing(runId);
  }
}
