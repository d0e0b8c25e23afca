import { type Key, key } from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import type { Run } from './runs/run.ts';
import { runPartition } from './runs/run.ts';

export const trackingTableName = () => requiredEnv('TRACKING_TABLE');
export const metricsTableName = () => requiredEnv('METRICS_TABLE');

/** Head of a run, in the table of tracking. */
export const runKey = (runId: string): Key => ({ pk: runPartition(runId), sk: 'META' });

/** Recent points of a run, in the table of metrics. */
export const openKey = (runId: string): Key => ({ pk: runPartition(runId), sk: 'OPEN' });

export const experimentPartition = (experimentId: string): string =>
  key('EXPERIMENT', experimentId);

/**
 * The row that a run has in its experiment's list while it is not in a segment. Newest first, then
 * by id: the order of keys is MLflow's order of runs.
 */
export const freshKey = (
  run: Pick<Run, 'experiment_id' | 'start_time' | 'run_id'>,
): Key & { readonly sk: `FRESH#${string}` } => {
  const time = toTimeKey(run.start_time);
  return { pk: experimentPartition(run.experiment_id), sk: `FRESH#${time}#${run.run_id}` };
};

/** A run as its key in the list names it. */
export function fromFreshKey(sk: string): Pick<Run, 'start_time' | 'run_id'> {
  const [, time = '', run_id = ''] = sk.split('#');
  return { start_time: fromTimeKey(time), run_id };
}

/** Sorts before digits: times beyond 2^53 are newer than all others. */
const FUTURE = '!';
/** Sorts behind digits: times before 1970 are older. */
const PAST = '~';
const END = 2n ** 63n;

/** A time as text that sorts the later before the earlier. */
function toTimeKey(time: number): string {
  if (time < 0) return PAST + String(-BigInt(time)).padStart(19, '0');
  if (Number.isSafeInteger(time)) {
    return String(Number.MAX_SAFE_INTEGER - time).padStart(17, '0');
  }
  return FUTURE + String(END - BigInt(time)).padStart(19, '0');
}

function fromTimeKey(text: string): number {
  if (text.startsWith(PAST)) return Number(-BigInt(text.slice(1)));
  if (text.startsWith(FUTURE)) return Number(END - BigInt(text.slice(1)));
  return Number.MAX_SAFE_INTEGER - Number(text);
}
