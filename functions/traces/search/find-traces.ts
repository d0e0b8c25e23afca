import { chunksOf } from '../../shared/chunks.ts';
import { loadWithSpans } from '../spans/span-store.ts';
import type { Trace } from '../trace.ts';
import { makeMatcher, needsAllTraces, type TraceMatcher } from './match-trace.ts';
import type { TraceCondition } from './trace-filter.ts';
import { fromTable, readAll, type TraceSource } from './trace-source.ts';

interface FindOptions {
  /** Epoch milliseconds, both included: nothing else is read. */
  readonly from: number;
  readonly to: number;
  /** Besides the filter. */
  readonly isWanted: (trace: Trace) => boolean;
  readonly compare: (a: Trace, b: Trace) => number;
  /** The order is that of the lists: reading ends when there are enough. */
  readonly listed: boolean;
  readonly limit: number;
}

/** Traces whose spans are read at the same time. */
const CONCURRENCY = 20;

/** Times between which a filter lets traces be. */
export function listBounds(conditions: readonly TraceCondition[]): {
  readonly from: number;
  readonly to: number;
} {
  let from = Number.NEGATIVE_INFINITY;
  let to = Number.POSITIVE_INFINITY;
  for (const condition of conditions) {
    if (condition.on !== 'attribute' || condition.key !== 'timestamp_ms') continue;
    const { operator, value } = condition.comparison;
    const time = Number(value);
    if (operator === '>' || operator === '>=' || operator === '=') from = Math.max(from, time);
    if (operator === '<' || operator === '<=' || operator === '=') to = Math.min(to, time);
  }
  return { from: Math.floor(from), to: Math.ceil(to) };
}

/** The first `limit` traces of experiments that match, in order; `given`: where they are found. */
export async function findTracesMatching(
  experimentIds: readonly string[],
  conditions: readonly TraceCondition[],
  options: FindOptions,
  given: TraceSource = fromTable,
): Promise<readonly Trace[]> {
  const ids = [...new Set(experimentIds)];
  const source = needsAllTraces(conditions) && !given.all ? await readAll(ids) : given;
  const matcher = await makeMatcher(conditions, source.all ?? []);
  if (options.listed) {
    const found: Trace[] = [];
    for (const id of ids) found.push(...(await newestMatching(id, matcher, options, source)));
    return found.sort(options.compare).slice(0, options.limit);
  }
  const wanted: Trace[] = [];
  for (const id of ids) {
    for await (const page of source.list(id, { from: options.from, to: options.to })) {
      wanted.push(...page.filter((one) => matcher.matches(one) && options.isWanted(one)));
    }
  }
  wanted.sort(options.compare);
  return withMatchingSpans(wanted, matcher, options.limit);
}

async function newestMatching(
  experimentId: string,
  matcher: TraceMatcher,
  { from, to, isWanted, limit }: FindOptions,
  source: TraceSource,
): Promise<Trace[]> {
  const found: Trace[] = [];
  // Without a filter, or with one that most traces fit, the first page is all that is read.
  const pages = source.list(experimentId, { from, to, firstPage: limit + 1 });
  for await (const page of pages) {
    const wanted = page.filter((one) => matcher.matches(one) && isWanted(one));
    found.push(...(await withMatchingSpans(wanted, matcher, limit - found.length)));
    if (found.length >= limit) break;
  }
  return found;
}

/** The first `limit` of the traces that have a span as the filter asks for. */
async function withMatchingSpans(
  traces: readonly Trace[],
  { matchesSpans }: TraceMatcher,
  limit: number,
): Promise<Trace[]> {
  if (!matchesSpans) return traces.slice(0, limit);
  const found: Trace[] = [];
  for (const batch of chunksOf(traces, CONCURRENCY)) {
    if (found.length >= limit) break;
    const checks = await Promise.all(
      batch.map(async ({ trace_id }) => matchesSpans((await loadWithSpans(trace_id))?.spans ?? [])),
    );
    found.push(...batch.filter((_, i) => checks[i]));
  }
  return found.slice(0, limit);
}
