import { pageSize } from '../../mlflow/index.ts';
import { compareRows, type SortValues } from '../../search/index.ts';
import { invalid } from '../../shared/errors.ts';
import type { HttpResult } from '../../shared/http/api.ts';
import { bytesInAnswer } from '../../shared/http/bytes-in-answer.ts';
import { positionOf, tokenBehind } from '../../tracking/index.ts';
import type { TraceLocation } from '../start-trace.ts';
import type { Trace } from '../trace.ts';
import { answer, toWireInfo, toWireInfoV2 } from '../wire-trace.ts';
import { findTracesMatching, listBounds } from './find-traces.ts';
import { parseTraceFilter } from './trace-filter.ts';
import { isListOrder, sortValueOf, traceOrder } from './trace-order.ts';

interface Search {
  readonly filter?: string;
  readonly max_results?: number;
  readonly order_by: readonly string[];
  readonly page_token?: string;
}

interface SearchTracesInput extends Search {
  readonly locations: readonly TraceLocation[];
}

interface SearchTracesV2Input extends Search {
  readonly experiment_ids: readonly string[];
}

const STANDARD_SIZE = 100;
const MAX_SIZE = 500;

/** Bytes of a page: an answer of a function has at most 6 MB. Clients follow the token. */
const MAX_PAGE = 5_500_000;

export const searchTraces = async (input: SearchTracesInput): Promise<HttpResult> =>
  search(
    input.locations.flatMap(({ mlflow_experiment }) => mlflow_experiment?.experiment_id || []),
    input,
    toWireInfo,
  );

export const searchTracesV2 = async (input: SearchTracesV2Input): Promise<HttpResult> =>
  search(input.experiment_ids, input, toWireInfoV2);

/** Places in a catalogue have points in their names, experiments have none. */
function checkExperimentIds(ids: readonly string[]): void {
  const wrong = ids.filter((id) => id.includes('.')).join(', ');
  if (wrong === '') return;
  const shown = wrong.length > 20 ? `${wrong.slice(0, 20)}...` : wrong;
  throw invalid(
    `Locations must be a list of experiment IDs. Found invalid experiment IDs: ${shown}.`,
  );
}

/** Traces of experiments that match a filter, the newest first unless told otherwise. */
async function search(
  experimentIds: readonly string[],
  input: Search,
  toWire: (trace: Trace) => object,
): Promise<HttpResult> {
  checkExperimentIds(experimentIds);
  const limit = pageSize(input.max_results, STANDARD_SIZE, MAX_SIZE);
  const conditions = parseTraceFilter(input.filter);
  const order = traceOrder(input.order_by);
  const after = positionOf(order, input.page_token);
  const listed = isListOrder(order);
  const valuesOf = (trace: Trace): SortValues => order.map((clause) => sortValueOf(trace, clause));
  const isBehind = (trace: Trace) =>
    after === undefined || compareRows(valuesOf(trace), after, order) > 0;
  const found = await findTracesMatching(experimentIds, conditions, {
    ...listBounds(conditions),
    ...(listed && after && { to: Math.min(Number(after[0]), listBounds(conditions).to) }),
    isWanted: isBehind,
    compare: (a, b) => compareRows(valuesOf(a), valuesOf(b), order),
    listed,
    limit,
  });
  const traces: object[] = [];
  let size = 0;
  let last: Trace | undefined;
  for (const trace of found) {
    const wire = toWire(trace);
    size += bytesInAnswer(JSON.stringify(wire));
    if (last && size > MAX_PAGE) break;
    traces.push(wire);
    last = trace;
  }
  // A full page has a token, as MLflow's, and so has one that was cut.
  const full = traces.length === limit || traces.length < found.length;
  return answer({
    ...(traces.length > 0 && { traces }),
    ...(last && full && { next_page_token: tokenBehind(valuesOf(last)) }),
  });
}
