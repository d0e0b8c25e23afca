import { type Key, key } from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import type { Trace } from './trace.ts';

export const tracesTableName = () => requiredEnv('TRACES_TABLE');

export const tracePartition = (traceId: string): string => key('TRACE', traceId);

export const traceKey = (traceId: string): Key => ({ pk: tracePartition(traceId), sk: 'META' });

export const experimentPartition = (experimentId: string): string =>
  key('EXPERIMENT', experimentId);

/** Newest first: the order of keys is MLflow's order of traces. */
const timeKey = (time: number) => String(Number.MAX_SAFE_INTEGER - time).padStart(17, '0');

/** The row that a trace has in its experiment's list. */
export const listKey = ({
  experiment_id,
  request_time,
  trace_id,
}: Pick<Trace, 'experiment_id' | 'request_time' | 'trace_id'>): Key => ({
  pk: experimentPartition(experiment_id),
  sk: key('TRACE', timeKey(request_time), trace_id),
});

/** Keys of an experiment's list between two times (epoch milliseconds, both included). */
export const listRange = (from: number, to: number) => ({
  first: key('TRACE', timeKey(to)),
  // Above every id of the last millisecond.
  last: key('TRACE', timeKey(from), '\u{10ffff}'),
});

export const idOfListKey = (sk: string): string => sk.split('#').slice(2).join('#');
