import type { HttpResult } from '../../shared/http/api.ts';
import { answer } from '../wire-trace.ts';
import { findTracesMatching, listBounds } from './find-traces.ts';
import { parseTraceFilter, type TraceCondition } from './trace-filter.ts';
import { readAll, type TraceSource } from './trace-source.ts';

interface CorrelateFiltersInput {
  readonly experiment_ids: readonly string[];
  readonly filter_string1: string;
  readonly filter_string2: string;
  /** What both are looked at within. */
  readonly base_filter?: string;
}

/** How often two filters over traces hold together, against how often each holds alone. */
export async function calculateFilterCorrelation(
  input: CorrelateFiltersInput,
): Promise<HttpResult> {
  const { experiment_ids, filter_string1, filter_string2, base_filter } = input;
  const within = base_filter ? `${base_filter} AND ` : '';
  const filters = [`${within}${filter_string1}`, `${within}${filter_string2}`, base_filter];
  // All filters are read before anything else is: a faulty one costs nothing.
  const parsed = filters.map(parseTraceFilter);
  const source = await readAll(experiment_ids);
  const [first, second, all] = await Promise.all(
    parsed.map((conditions) => idsMatching(experiment_ids, conditions, source)),
  );
  if (!first || !second || !all) throw new Error('Three filters have three answers');
  const counts = {
    joint_count: [...first].filter((id) => second.has(id)).length,
    filter1_count: first.size,
    filter2_count: second.size,
    total_count: all.size,
  };
  const plain = counts.joint_count === 0 ? -1 : pointwise(counts, 0);
  return answer({
    ...(isDefined(counts) && {
      npmi: plain,
      npmi_smoothed: pointwise(counts, JEFFREYS_PRIOR),
    }),
    ...counts,
  });
}

async function idsMatching(
  experimentIds: readonly string[],
  conditions: readonly TraceCondition[],
  source: TraceSource,
): Promise<Set<string>> {
  const options = {
    ...listBounds(conditions),
    isWanted: () => true,
    compare: () => 0,
    listed: false,
    limit: Number.POSITIVE_INFINITY,
  };
  const found = await findTracesMatching(experimentIds, conditions, options, source);
  return new Set(found.map(({ trace_id }) => trace_id));
}

interface Counts {
  readonly joint_count: number;
  readonly filter1_count: number;
  readonly filter2_count: number;
  readonly total_count: number;
}

const isDefined = ({ filter1_count, filter2_count, total_count }: Counts) =>
  total_count > 0 && filter1_count > 0 && filter2_count > 0;

/** What is added to each of the four cells, so that small samples do not say too much. */
const JEFFREYS_PRIOR = 0.5;

/**
 * Normalized pointwise mutual information, from -1 (never together) over 0 (independent) to 1 (always
 * together): G. Bouma, Normalized (Pointwise) Mutual Information in Collocation Extraction, 2009.
 */
export function pointwise(counts: Counts, smoothing: number): number {
  const { joint_count: both, filter1_count: n1, filter2_count: n2, total_count: n } = counts;
  if (both === n) return 1;
  const joint = both + smoothing;
  const total = n + 4 * smoothing;
  const first = n1 + 2 * smoothing;
  const second = n2 + 2 * smoothing;
  // In this order MLflow rounds, too.
  const information = Math.log(joint) + Math.log(total) - (Math.log(first) + Math.log(second));
  const value = information / -(Math.log(joint) - Math.log(total));
  return Math.max(-1, Math.min(1, value));
}
