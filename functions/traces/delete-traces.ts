import { mapInChunks } from '../shared/chunks.ts';
import { invalid } from '../shared/errors.ts';
import { deleteSpans } from './spans/span-store.ts';
import { deleteRecord, findTraces, tracesOfExperiment } from './trace-store.ts';

interface DeleteTracesInput {
  readonly experiment_id: string;
  /** Epoch milliseconds, included. */
  readonly max_timestamp_millis?: number;
  readonly max_traces?: number;
  readonly request_ids: readonly string[];
}

/** Traces that are deleted at the same time. */
const CONCURRENCY = 10;

/** Deletes the oldest traces up to a time, or those named; answers how many there were. */
export async function deleteTraces(input: DeleteTracesInput): Promise<{ traces_deleted: number }> {
  const { experiment_id, max_timestamp_millis: until, max_traces, request_ids } = input;
  if (until === undefined && request_ids.length === 0) {
    throw invalid('Either `max_timestamp_millis` or `trace_ids` must be specified.');
  }
  if (until && request_ids.length > 0) {
    throw invalid('Only one of `max_timestamp_millis` and `trace_ids` can be specified.');
  }
  if (request_ids.length > 0 && max_traces !== undefined) {
    throw invalid("`max_traces` can't be specified if `trace_ids` is specified.");
  }
  if (max_traces !== undefined && max_traces <= 0) {
    throw invalid(`\`max_traces\` must be a positive integer, received ${max_traces}.`);
  }
  const ids =
    request_ids.length > 0
      ? await idsOf(experiment_id, request_ids)
      : await oldest(experiment_id, until ?? 0, max_traces);
  const deleted = await mapInChunks(ids, CONCURRENCY, async (id) => {
    // Spans first: what is interrupted is repeated as long as the trace is there.
    await deleteSpans(id);
    return deleteRecord(id, experiment_id);
  });
  return { traces_deleted: deleted.filter(Boolean).length };
}

/** Traces of another experiment are left alone. */
async function idsOf(experimentId: string, ids: readonly string[]): Promise<string[]> {
  const found = await findTraces(ids);
  return found
    .filter(({ experiment_id }) => experiment_id === experimentId)
    .map(({ trace_id }) => trace_id);
}

async function oldest(experimentId: string, until: number, limit = Infinity): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of tracesOfExperiment(experimentId, { to: until, oldestFirst: true })) {
    ids.push(...page.map(({ trace_id }) => trace_id));
    if (ids.length >= limit) break;
  }
  return ids.slice(0, limit);
}
