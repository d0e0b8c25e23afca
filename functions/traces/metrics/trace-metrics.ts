import { invalid } from '../../shared/errors.ts';
import { COST_KEYS, TOKEN_KEYS } from '../spans/span-usage.ts';

export const VIEW_TYPES = ['TRACES', 'SPANS', 'ASSESSMENTS'] as const;
export type ViewType = (typeof VIEW_TYPES)[number];

export const AGGREGATIONS = ['COUNT', 'SUM', 'AVG', 'PERCENTILE', 'MIN', 'MAX'] as const;
type AggregationType = (typeof AGGREGATIONS)[number];

export interface Aggregation {
  readonly aggregation_type?: AggregationType;
  /** 0 to 100, of a percentile only. */
  readonly percentile_value?: number;
}

interface MetricRules {
  readonly aggregations: readonly AggregationType[];
  readonly dimensions: readonly string[];
}

const SUMMED = ['SUM', 'AVG', 'PERCENTILE'] as const;
const MODEL = ['span_model_name', 'span_model_provider'] as const;

const each = (keys: readonly string[], rules: MetricRules) =>
  Object.fromEntries(keys.map((key) => [key, rules]));

/** What may be asked of each metric (`mlflow/store/tracking/utils/sql_trace_metrics_utils.py`). */
const METRICS: Readonly<Record<ViewType, Readonly<Record<string, MetricRules>>>> = {
  TRACES: {
    trace_count: { aggregations: ['COUNT'], dimensions: ['trace_name', 'trace_status'] },
    latency: { aggregations: ['AVG', 'PERCENTILE'], dimensions: ['trace_name'] },
    ...each(TOKEN_KEYS, { aggregations: SUMMED, dimensions: ['trace_name'] }),
  },
  SPANS: {
    span_count: {
      aggregations: ['COUNT'],
      dimensions: ['span_name', 'span_type', 'span_status', ...MODEL],
    },
    latency: { aggregations: ['AVG', 'PERCENTILE'], dimensions: ['span_name', 'span_status'] },
    ...each(COST_KEYS, { aggregations: SUMMED, dimensions: MODEL }),
  },
  ASSESSMENTS: {
    assessment_count: {
      aggregations: ['COUNT'],
      dimensions: ['assessment_name', 'assessment_value'],
    },
    assessment_value: { aggregations: ['AVG', 'PERCENTILE'], dimensions: ['assessment_name'] },
  },
};

const quoted = (names: Iterable<string>) => `[${[...names].map((one) => `'${one}'`).join(', ')}]`;

/** Throws INVALID_PARAMETER_VALUE for what a metric cannot be asked. */
export function checkMetric(
  view: ViewType,
  metric: string,
  aggregations: readonly Aggregation[],
  dimensions: readonly string[],
): void {
  const metrics = METRICS[view];
  const rules = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  if (!rules) {
    throw invalid(`metric_name must be one of ${quoted(Object.keys(metrics))}, got '${metric}'`);
  }
  const types = aggregations.map(({ aggregation_type: type = 'COUNT' }) => type);
  const wrongTypes = types.filter((type) => !rules.aggregations.includes(type));
  if (wrongTypes.length > 0) {
    throw invalid(
      `Found invalid aggregation_type(s): ${quoted(new Set(wrongTypes.sort()))}. ` +
        `Supported aggregation types: ${quoted([...rules.aggregations].sort())}`,
    );
  }
  const wrong = dimensions.filter((one) => !rules.dimensions.includes(one));
  if (wrong.length > 0) {
    throw invalid(
      `Found invalid dimension(s): ${quoted(new Set(wrong.sort()))}. ` +
        `Supported dimensions: ${quoted([...rules.dimensions].sort())}`,
    );
  }
  for (const { aggregation_type: type, percentile_value: percent } of aggregations) {
    if (type !== 'PERCENTILE') {
      if (percent === undefined) continue;
      throw invalid(
        `Percentile value is only allowed for PERCENTILE aggregation type, got ${type}`,
      );
    }
    if (percent === undefined) {
      throw invalid('Percentile value is required for PERCENTILE aggregation');
    }
    if (!(percent >= 0 && percent <= 100)) {
      throw invalid(`Percentile value must be between 0 and 100, got ${percent}`);
    }
  }
}

/** A condition of a metric's filter, such as `trace.tag.env = 'prod'`. */
export interface MetricFilter {
  readonly view: 'trace' | 'span' | 'assessment';
  readonly entity: string;
  readonly key?: string;
  readonly value: string;
}

/** What each kind of thing can be filtered by, and whether a key must follow. */
export const METRIC_FILTERS: Readonly<
  Record<MetricFilter['view'], Readonly<Record<string, boolean>>>
> = {
  trace: { status: false, tag: true, metadata: true },
  span: { name: false, status: false, type: false },
  assessment: { name: false, type: false },
};
