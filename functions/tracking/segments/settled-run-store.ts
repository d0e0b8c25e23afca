import { chunksOf } from '../../shared/chunks.ts';
import { systemClock } from '../../shared/clock.ts';
import {
  ConditionFailed,
  getItem,
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

const freshQuery = (experimentId: string) => ({
  table: trackingTableName(),
  condition: 'pk = :pk AND begins_with(sk, :fresh)',
  values: { ':pk': experimentPartition(experimentId), ':fresh': 'FRESH#' },
});

const toFreshRun = ({ sk, again }: FreshRow): FreshRun => ({
  ...fromFreshKey(sk),
  again: again === true,
});

/** Newest first. */
export async function freshRuns(experimentId: string): Promise<FreshRun[]> {
  const runs: FreshRun[] = [];
  for await (const row of queryAll<FreshRow>(freshQuery(experimentId))) runs.push(toFreshRun(row));
  return runs;
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
  const head = await getItem<Run & { settled?: string }>(trackingTableName(), runKey(runId));
  if (!head?.settled) return;
  const version = newId();
  const again = 'REMOVE settled SET version = :version';
  try {
    await transactWrite([
      {
        table: trackingTableName(),
        key: runKey(runId),
        update: again,
        condition: 'settled = :seen',
        values: { ':version': version, ':seen': head.settled },
      },
      {
        table: metricsTableName(),
        key: openKey(runId),
        update: again,
        condition: 'attribute_exists(pk)',
        values: { ':version': version },
      },
      { table: trackingTableName(), put: { ...freshKey(head), again: true } },
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed) || error.index > 0) throw error;
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
): Promise<SettlingRun['run'][]> {
  const refused: SettlingRun['run'][] = [];
  for (const batch of chunksOf(runs, RUNS_PER_TRANSACTION)) {
    while (batch.length > 0) {
      try {
        await transactWrite(batch.flatMap((one) => settling(segment, one)));
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

function settling(segment: string, one: SettlingRun): Write[] {
  const mark = (table: string, key: ReturnType<typeof runKey>, version: string): Write => ({
    table,
    key,
    update: 'SET settled = :segment',
    condition: 'version = :version',
    values: { ':segment': segment, ':version': version },
    withoutItem: true,
  });
  const { run_id } = one.run;
  return [
    mark(trackingTableName(), runKey(run_id), one.headVersion),
    mark(metricsTableName(), openKey(run_id), one.metricsVersion),
    { table: trackingTableName(), delete: freshKey(one.run) },
  ];
}
