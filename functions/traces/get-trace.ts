import { chunksOf } from '../shared/chunks.ts';
import { invalid, notFound } from '../shared/errors.ts';
import type { HttpResult } from '../shared/http/api.ts';
import type { Span } from './spans/span.ts';
import { loadWithSpans } from './spans/span-store.ts';
import { toWireSpan } from './spans/wire-span.ts';
import { METADATA, parseObject, STORED_HERE, TAGS, type Trace, traceMissing } from './trace.ts';
import { findTrace, findTraces } from './trace-store.ts';
import { answer, listed, toWireInfo, toWireInfoV2 } from './wire-trace.ts';

interface WithSpans {
  readonly trace: Trace;
  readonly spans: readonly Span[];
}

/** Throws RESOURCE_DOES_NOT_EXIST. */
async function loadTrace(traceId: string): Promise<Trace> {
  const trace = await findTrace(traceId);
  if (!trace) throw traceMissing(traceId);
  return trace;
}

export const getTraceInfo = async ({ trace_id }: { trace_id: string }): Promise<HttpResult> =>
  answer({ trace: { trace_info: toWireInfo(await loadTrace(trace_id)) } });

export const getTraceInfoV2 = async ({ request_id }: { request_id: string }): Promise<HttpResult> =>
  answer({ trace_info: toWireInfoV2(await loadTrace(request_id)) });

/** Milliseconds between attempts to read spans that are on their way. */
const PAUSES_MS = [1000, 2000];

/** A trace with its spans; unless a part will do, all that its client counted. */
export async function getTrace(input: {
  readonly trace_id: string;
  readonly allow_partial?: boolean;
}): Promise<HttpResult> {
  const { trace_id, allow_partial = false } = input;
  for (const pause of [...PAUSES_MS, undefined]) {
    const found = await loadWithSpans(trace_id);
    if (!found) throw notFound(`Trace with ID ${trace_id} is not found.`);
    if (found.trace.tags[TAGS.spansLocation] !== STORED_HERE) {
      throw invalid('Trace data not stored in tracking store');
    }
    if (allow_partial || isWhole(found)) return answer({ trace: toWireTrace(found) });
    if (pause !== undefined) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  throw notFound(`Trace with ID ${trace_id} is not fully exported yet, please try again later.`);
}

const toWireTrace = ({ trace, spans }: WithSpans) => ({
  trace_info: toWireInfo(trace),
  ...(spans.length > 0 && { spans: spans.map(toWireSpan) }),
});

/** Whether as many spans are there as the client says that there are. */
function isWhole({ trace, spans }: WithSpans): boolean {
  const expected = parseObject(trace.trace_metadata[METADATA.sizeStats])?.num_spans;
  return spans.length > 0 && (typeof expected !== 'number' || spans.length >= expected);
}

/** An id that is given twice counts where it is last, as in the order of MLflow's server. */
const onceEach = (ids: readonly string[]): string[] => [...new Set(ids.toReversed())].toReversed();

/** Traces whose spans are read at the same time. */
const CONCURRENCY = 20;

/** Those traces that are there and whole, in the order asked for. */
export async function batchGetTraces(input: {
  readonly trace_ids: readonly string[];
}): Promise<HttpResult> {
  const ids = onceEach(input.trace_ids);
  const traces: object[] = [];
  for (const some of chunksOf(ids, CONCURRENCY)) {
    for (const one of await Promise.all(some.map(loadWithSpans))) {
      if (one && isWhole(one)) traces.push(toWireTrace(one));
    }
  }
  return answer({ ...listed('traces', traces) });
}

/** Those traces that are there, in the order asked for. */
export async function batchGetTraceInfos(input: {
  readonly trace_ids: readonly string[];
}): Promise<HttpResult> {
  const found = new Map((await findTraces(input.trace_ids)).map((one) => [one.trace_id, one]));
  const trace_infos = onceEach(input.trace_ids).flatMap((id) => {
    const trace = found.get(id);
    return trace ? [toWireInfo(trace)] : [];
  });
  return answer({ ...listed('trace_infos', trace_infos) });
}
