import { mapInChunks } from '../../shared/chunks.ts';
import { loadExperiment } from '../../tracking/index.ts';
import { readLoosely } from '../exact-json.ts';
import { previewOf } from '../preview.ts';
import {
  artifactLocationOf,
  endOf,
  IN_FILE,
  METADATA,
  STORED_HERE,
  TAGS,
  type Trace,
} from '../trace.ts';
import { changeTrace, type TraceRecord } from '../trace-store.ts';
import { ATTRIBUTES, isRoot, type Span, toMilliseconds } from './span.ts';
import { putSpans } from './span-store.ts';
import { type SpanUsage, totalsOf, usageOf } from './span-usage.ts';

/** Traces of one request that are written at the same time. */
const CONCURRENCY = 10;

/**
 * Stores spans of any number of traces: their chunk first, then what they say about their trace. Repeated
 * calls, and calls in any order, end with the same trace.
 */
export async function logSpans(
  experimentId: string,
  spans: ReadonlyMap<string, readonly Span[]>,
): Promise<void> {
  const experiment = await loadExperiment(experimentId);
  const create = (traceId: string): Trace => ({
    trace_id: traceId,
    experiment_id: experiment.experiment_id,
    request_time: Number.NaN,
    state: 'IN_PROGRESS',
    trace_metadata: {},
    tags: { [TAGS.artifactLocation]: artifactLocationOf(experiment.artifact_location, traceId) },
    assessments: [],
  });
  await mapInChunks([...spans], CONCURRENCY, async ([traceId, own]) => {
    await putSpans(traceId, own);
    await changeTrace(traceId, (before) => withSpans(before ?? { trace: create(traceId) }, own));
  });
}

/**
 * A trace as it is when these spans are known: it lasts from the first start to the last end, has the
 * state and previews of its root and the totals of what its spans used, unless its client told these
 * (`finalized`). Spans that are known change nothing.
 */
export function withSpans(before: TraceRecord, spans: readonly Span[]): TraceRecord {
  const { trace } = before;
  const finalized = trace.trace_metadata[METADATA.finalized] === 'true';
  const root = spans.find(isRoot);
  const usage = usageWith(before, spans, finalized);
  const after: Trace = {
    ...trace,
    ...(finalized ? {} : lastingWith(trace, spans)),
    ...stateWith(trace, root),
    ...previewsWith(trace, root),
    trace_metadata: {
      ...trace.trace_metadata,
      ...identityWith(trace, spans, finalized),
      ...(usage && totalsOf(usage)),
    },
    tags: { ...trace.tags, [TAGS.spansLocation]: isInFile(trace) ? IN_FILE : STORED_HERE },
  };
  return { trace: after, ...(usage && Object.keys(usage).length > 0 && { usage }) };
}

/** The file has all spans, whichever come here yet. */
const isInFile = ({ tags }: Trace) => tags[TAGS.spansLocation] === IN_FILE;

function lastingWith(trace: Trace, spans: readonly Span[]): Partial<Trace> {
  const isNew = Number.isNaN(trace.request_time);
  const starts = spans.map(({ start }) => toMilliseconds(start));
  const ends = spans.flatMap(({ end }) => (end === undefined ? [] : toMilliseconds(end)));
  if (!isNew) starts.push(trace.request_time);
  if (!isNew && trace.execution_duration !== undefined) ends.push(endOf(trace));
  const request_time = Math.min(...starts);
  return {
    request_time,
    ...(ends.length > 0 && { execution_duration: Math.max(...ends) - request_time }),
  };
}

function stateWith({ state }: Trace, root: Span | undefined): Partial<Trace> {
  const open = state === 'IN_PROGRESS' || state === 'STATE_UNSPECIFIED';
  if (!root || !open) return {};
  return { state: root.status === 'ERROR' ? 'ERROR' : 'OK' };
}

function previewsWith(trace: Trace, root: Span | undefined): Partial<Trace> {
  const inputs = root?.attributes[ATTRIBUTES.inputs];
  const outputs = root?.attributes[ATTRIBUTES.outputs];
  return {
    ...(trace.request_preview === undefined &&
      inputs && { request_preview: previewOf(inputs, 'user') }),
    ...(trace.response_preview === undefined &&
      outputs && { response_preview: previewOf(outputs, 'assistant') }),
  };
}

/** What each span used, as long as the totals are reckoned here and not told by the client. */
function usageWith(
  { trace, usage }: TraceRecord,
  spans: readonly Span[],
  finalized: boolean,
): Record<string, SpanUsage> | undefined {
  const reckoned = Object.values(usage ?? {});
  const isTold = (key: string, kind: keyof SpanUsage) =>
    finalized && key in trace.trace_metadata && !reckoned.some((one) => one[kind]);
  const told = isTold(METADATA.tokenUsage, 'tokens');
  const costTold = isTold(METADATA.cost, 'cost');
  const found: [string, SpanUsage][] = spans.flatMap((span) => {
    const { tokens, cost } = usageOf(span) ?? {};
    const own = { ...(tokens && !told && { tokens }), ...(cost && !costTold && { cost }) };
    return Object.keys(own).length > 0 ? [[span.span_id, own]] : [];
  });
  if (found.length === 0) return usage;
  return { ...usage, ...Object.fromEntries(found) };
}

/** OpenTelemetry's attributes of session and user: the first that is known stays. */
function identityWith(
  { trace_metadata: known }: Trace,
  spans: readonly Span[],
  finalized: boolean,
): Record<string, string> {
  const first = (attribute: string) => {
    const text = spans.map(({ attributes }) => attributes[attribute]).find(Boolean);
    const value = text && readLoosely(text);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const session = first('session.id');
  const user = first('user.id');
  return {
    ...(session && !finalized && !(METADATA.session in known) && { [METADATA.session]: session }),
    ...(user && !(METADATA.user in known) && { [METADATA.user]: user }),
  };
}
