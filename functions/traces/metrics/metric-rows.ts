import { chunksOf } from '../../shared/chunks.ts';
import { type Assessment, storedJson } from '../assessments/assessment.ts';
import { readLoosely } from '../exact-json.ts';
import { ATTRIBUTES, type Span, toMilliseconds } from '../spans/span.ts';
import { loadWithSpans } from '../spans/span-store.ts';
import { costOf, tokensOf } from '../spans/span-usage.ts';
import { TAGS, type Trace } from '../trace.ts';
import { tracesOfExperiment } from '../trace-store.ts';
import type { MetricFilter, ViewType } from './trace-metrics.ts';

/** What a metric says of one trace, span or assessment. */
export interface MetricRow {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly dimensions: readonly (string | null)[];
  /** Counts leave null out. */
  readonly value: number | null;
}

interface MetricQuery {
  readonly view: ViewType;
  readonly metric: string;
  readonly dimensions: readonly string[];
  readonly filters: readonly MetricFilter[];
  readonly from?: number;
  readonly to?: number;
}

/** Traces whose spans are read at the same time. */
const CONCURRENCY = 20;

/** Rows of the traces that began in the period asked for. Spans are read for metrics of spans only. */
export async function rowsOf(
  experimentIds: readonly string[],
  query: MetricQuery,
): Promise<MetricRow[]> {
  const { from, to } = query;
  const rows: MetricRow[] = [];
  const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  for (const id of new Set(experimentIds)) {
    for await (const page of tracesOfExperiment(id, range)) {
      const traces = page.filter((trace) => query.filters.every((one) => traceFits(trace, one)));
      if (query.view === 'TRACES') rows.push(...traces.flatMap((one) => traceRows(one, query)));
      if (query.view === 'ASSESSMENTS') {
        rows.push(...traces.flatMap((one) => assessmentRows(one, query)));
      }
      if (query.view === 'SPANS') rows.push(...(await spanRows(traces, query)));
    }
  }
  return rows;
}

const own = (texts: Readonly<Record<string, string>>, key = '') =>
  Object.hasOwn(texts, key) ? texts[key] : undefined;

function traceFits(trace: Trace, { view, entity, key, value }: MetricFilter): boolean {
  if (view !== 'trace') return true;
  if (entity === 'status') return trace.state === value;
  return own(entity === 'tag' ? trace.tags : trace.trace_metadata, key) === value;
}

function traceRows(trace: Trace, { metric, dimensions }: MetricQuery): MetricRow[] {
  const name = trace.tags[TAGS.name];
  // A trace without a name belongs to no group by name.
  if (name === undefined && dimensions.includes('trace_name')) return [];
  const values: Readonly<Record<string, number | undefined>> = {
    trace_count: 1,
    latency: trace.execution_duration,
    ...(metric.endsWith('_tokens') && tokensOf(trace.trace_metadata)),
  };
  const value = values[metric];
  if (value === undefined && metric !== 'latency') return [];
  return [
    {
      time: trace.request_time,
      dimensions: dimensions.map((one) => (one === 'trace_name' ? (name ?? null) : trace.state)),
      value: value ?? null,
    },
  ];
}

async function spanRows(traces: readonly Trace[], query: MetricQuery): Promise<MetricRow[]> {
  const rows: MetricRow[] = [];
  for (const some of chunksOf(traces, CONCURRENCY)) {
    const found = await Promise.all(some.map(({ trace_id }) => loadWithSpans(trace_id)));
    for (const span of found.flatMap((one) => one?.spans ?? [])) {
      const fits = query.filters.every(
        ({ view, entity, value }) => view !== 'span' || fieldOf(span, `span_${entity}`) === value,
      );
      const value = fits ? spanValue(span, query.metric) : undefined;
      if (value === undefined) continue;
      rows.push({
        time: toMilliseconds(span.start),
        dimensions: query.dimensions.map((one) => fieldOf(span, one)),
        value,
      });
    }
  }
  return rows;
}

function spanValue(span: Span, metric: string): number | null | undefined {
  if (metric === 'span_count') return 1;
  if (metric !== 'latency') return costOf(span)[metric];
  return span.end === undefined
    ? null
    : toMilliseconds(String(BigInt(span.end) - BigInt(span.start)));
}

function fieldOf(span: Span, dimension: string): string | null {
  switch (dimension) {
    case 'span_name':
      return span.name;
    case 'span_type':
      return span.type ?? null;
    case 'span_status':
      return span.status;
    case 'span_model_name':
      return textOf(span.attributes[ATTRIBUTES.model]);
    default:
      return textOf(span.attributes[ATTRIBUTES.provider]);
  }
}

function textOf(text: string | undefined): string | null {
  const value = text === undefined ? null : readLoosely(text);
  return typeof value === 'string' && value !== '' ? value : null;
}

function assessmentRows(trace: Trace, { metric, dimensions, filters }: MetricQuery): MetricRow[] {
  const fits = (one: Assessment) =>
    filters.every(
      ({ view, entity, value }) =>
        view !== 'assessment' || (entity === 'name' ? one.name : one.kind) === value,
    );
  return trace.assessments.filter(fits).map((one) => ({
    time: one.create_time,
    dimensions: dimensions.map((dimension) =>
      dimension === 'assessment_name' ? one.name : storedJson(one),
    ),
    value: metric === 'assessment_count' ? 1 : numberOf(one.value),
  }));
}

/** Verdicts count as one and zero: MLflow's judges say yes and no. */
function numberOf(value: unknown): number | null {
  if (value === true || value === 'yes') return 1;
  if (value === false || value === 'no') return 0;
  return typeof value === 'number' ? value : null;
}
