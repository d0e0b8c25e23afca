import { chunksOf } from '../../shared/chunks.ts';
import { systemClock } from '../../shared/clock.ts';
import {
  ConditionFailed,
  getItem,
  type Key,
  queryAll,
  transactWrite,
  type Write,
  writeOne,
} from '../../shared/dynamo/index.ts';
import { newId } from '../../shared/ids.ts';
import { log } from '../../shared/log.ts';
import {
  experimentPartition,
  freshKey,
  fromFreshKey,
  metricsTableName,
  openKey,
  runKey,
  trackingTableName,
} from '../keys.ts';
import type { Run } from '../runs/run.ts';
import type { RunItem } from '../runs/run-store.ts';
import { loadMark, markIs, restaged, restaging, type StageMark } from './stage-mark.ts';

/**
 * A run is *fresh*, listed in its experiment's partition, or *settled*: marked so in its head and its
 * open metrics, and kept in a segment. Nobody writes to a settled run: whoever wants to makes it
 * fresh again first. So the list and the segments together are all that a search has to read, and a
 * log call to a fresh run writes nothing besides.
 */
export interface FreshRun extends Pick<Run, 'start_time' | 'run_id'> {
  /** It was settled before: a segment holds an old row of it. */
  readonly again: boolean;
}

/** A write to a settled run was refused. */
export class RunSettled extends Error {
  override readonly name = 'RunSettled';
}

/** Condition of every write to a run's head and open metrics. */
export const NOT_SETTLED = 'attribute_not_exists(settled)';

interface FreshRow {
  readonly sk: string;
  readonly again?: boolean;
}

const freshQuery = (experimentId: string, prefix = 'FRESH#') => ({
  table: trackingTableName(),
  condition: 'pk = :pk AND begins_with(sk, :fresh)',
  values: { ':pk': experimentPartition(experimentId), ':fresh': prefix },
});

const toFreshRun = ({ sk, again }: FreshRow): FreshRun => ({
  ...fromFreshKey(sk),
  again: again === true,
});

/** Newest first. */
export const freshRuns = async (experimentId: string): Promise<FreshRun[]> =>
  (await freshAndMark(experimentId)).fresh;

/** The fresh runs, newest first, and what counts for those at rest, read together. */
export async function freshAndMark(
  experimentId: string,
): Promise<{ readonly fresh: FreshRun[]; readonly mark: StageMark | undefined }> {
  const fresh: FreshRun[] = [];
  let mark: StageMark | undefined;
  const query = freshQuery(experimentId, 'FRESH');
  for await (const row of queryAll<FreshRow | (StageMark & Key)>(query)) {
    if ('epoch' in row) mark = row;
    else fresh.push(toFreshRun(row));
  }
  return { fresh, mark };
}

/** The oldest ones, `limit` at most. */
export async function oldestFreshRuns(experimentId: string, limit: number): Promise<FreshRun[]> {
  const runs: FreshRun[] = [];
  const query = { ...freshQuery(experimentId), descending: true, limit };
  for await (const row of queryAll<FreshRow>(query)) {
    if (runs.length === limit) break;
    runs.push(toFreshRun(row));
  }
  return runs;
}

/** Sort key of the row that asks for an experiment's fresh runs to be settled. */
export const SOUGHT = 'SOUGHT';

/** Milliseconds between two such rows of one process. */
const ASK_EVERY_MS = 2000;

/** When this process asked for what experiment; so many are remembered. */
const asked = new Map<string, number>();
const MAX_ASKED = 1000;

/** Asks compaction to settle the fresh runs of an experiment that rest, running ones, too. */
export async function askToSettle(experimentId: string): Promise<void> {
  const now = systemClock();
  if (now - (asked.get(experimentId) ?? 0) < ASK_EVERY_MS) return;
  if (asked.size >= MAX_ASKED) asked.clear();
  asked.set(experimentId, now);
  const put = { pk: experimentPartition(experimentId), sk: SOUGHT, version: newId() };
  try {
    await writeOne({ table: trackingTableName(), put });
  } catch (error) {
    // The search has its answer; the next one asks again.
    log.warn('Fresh runs stay unsettled', { experimentId, error });
  }
}

/** Notes that segments hold rows of these runs; does nothing for those that are no longer fresh. */
export async function markAgain(
  runs: readonly Pick<Run, 'experiment_id' | 'start_time' | 'run_id'>[],
): Promise<void> {
  for (const run of runs) {
    try {
      await writeOne({
        table: trackingTableName(),
        key: freshKey(run),
        update: 'SET again = :true',
        condition: 'attribute_exists(pk)',
        values: { ':true': true },
      });
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

/** Makes a settled run fresh; does nothing when somebody else has done it. */
async function reopenRun(runId: string): Promise<void> {
  const stored = await getItem<RunItem>(trackingTableName(), runKey(runId));
  if (!stored?.settled) return;
  const mark = await loadMark(stored.experiment_id);
  const head = restaged(stored, restaging(mark, stored.settled_epoch));
  const deleted = head.deleted_time !== undefined;
  const version = newId();
  const again = 'SET version = :version, lifecycle_stage = :stage';
  const values = { ':version': version, ':stage': head.lifecycle_stage };
  try {
    await transactWrite([
      {
        table: trackingTableName(),
        key: runKey(runId),
        update: deleted
          ? `${again}, deleted_time = :time REMOVE settled`
          : `${again} REMOVE settled, deleted_time`,
        condition: 'settled = :seen',
        values: {
          ...values,
          ':seen': stored.settled,
          ...(deleted && { ':time': head.deleted_time }),
        },
      },
      {
        table: metricsTableName(),
        key: openKey(runId),
        update: `${again} REMOVE settled`,
        condition: 'attribute_exists(pk)',
        values,
      },
      { table: trackingTableName(), put: { ...freshKey(head), again: true } },
      markIs(head.experiment_id, mark),
    ]);
  } catch (error) {
    // Or its experiment was deleted or restored since: whoever finds the run settled still tries again.
    if (!(error instanceof ConditionFailed) || ![0, 3].includes(error.index)) throw error;
  }
}

/** Does what it is given, making the run fresh when it turns out to be settled. */
export async function onFreshRun<T>(runId: string, write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof RunSettled)) throw error;
      await reopenRun(runId);
    }
  }
}

/** A run whose row in a segment was made from these versions of its items. */
export interface SettlingRun {
  readonly run: Pick<Run, 'experiment_id' | 'start_time' | 'run_id'>;
  readonly headVersion: string;
  readonly metricsVersion: string;
}

/** Writes of one run's settling; a transaction takes a hundred. */
const WRITES_PER_RUN = 3;
const RUNS_PER_TRANSACTION = Math.floor(100 / WRITES_PER_RUN);

/**
 * Marks runs as settled in a segment and takes them off the list, those that nobody changed since
 * their versions were read. Returns the others, which stay fresh.
 */
export async function settleRuns(
  segment: string,
  runs: readonly SettlingRun[],
  epoch: number,
): Promise<SettlingRun['run'][]> {
  const refused: SettlingRun['run'][] = [];
  for (const batch of chunksOf(runs, RUNS_PER_TRANSACTION)) {
    while (batch.length > 0) {
      try {
        await transactWrite(batch.flatMap((one) => settling(segment, one, epoch)));
        break;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        const changed = Math.floor(error.index / WRITES_PER_RUN);
        const [one] = batch.splice(changed, 1);
        if (one) refused.push(one.run);
      }
    }
  }
  return refused;
}

function settling(segment: string, one: SettlingRun, epoch: number): Write[] {
  const mark = (table: string, key: ReturnType<typeof runKey>, version: string): Write => ({
    table,
    key,
    update: 'SET settled = :segment',
    condition: 'version = :version',
    values: { ':segment': segment, ':version': version },
    withoutItem: true,
  });
  const { run_id } = one.run;
  const head = mark(trackingTableName(), runKey(run_id), one.headVersion);
  return [
    epoch > 0
      ? {
          ...head,
          update: 'SET settled = :segment, settled_epoch = :epoch',
          values: { ...head.values, ':epoch': epoch },
        }
      : head,
    mark(metricsTableName(), openKey(run_id), one.metricsVersion),
    { table: trackingTableName(), delete: freshKey(one.run) },
  ];
}
