import type { Trace } from '../trace.ts';
import { type ListOptions, tracesOfExperiment } from '../trace-store.ts';

/** Where a search finds the traces of experiments: each call lists those of one, newest first. */
export interface TraceSource {
  readonly list: (experimentId: string, options: ListOptions) => AsyncIterable<readonly Trace[]>;
  /** Every trace of the experiments, if they were read beforehand. */
  readonly all?: readonly Trace[];
}

export const fromTable: TraceSource = { list: tracesOfExperiment };

/** Reads the traces of experiments once, for searches that look at all of them, or look several times. */
export async function readAll(experimentIds: readonly string[]): Promise<TraceSource> {
  const lists = new Map<string, Trace[]>();
  for (const id of new Set(experimentIds)) {
    const traces: Trace[] = [];
    for await (const page of tracesOfExperiment(id)) traces.push(...page);
    lists.set(id, traces);
  }
  return {
    list: async function* (id, { from = -Infinity, to = Infinity }) {
      const traces = lists.get(id) ?? [];
      yield traces.filter((one) => one.request_time >= from && one.request_time <= to);
    },
    all: [...lists.values()].flat(),
  };
}
