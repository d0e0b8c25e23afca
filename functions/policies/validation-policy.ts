import * as z from 'zod/mini';
import { compileRowFilter } from '../search/index.ts';
import { dataPath, featureLookup } from './feature-lookup.ts';
import { bound, impossible, type MetricName, metric } from './metric.ts';

const name = z.string().check(z.minLength(1), z.maxLength(250));
const share = z.number().check(z.minimum(0), z.maximum(1));

/** Rows that a model is judged by. */
const evaluationData = z.strictObject({
  path: dataPath,
  format: z.optional(z.enum(['parquet', 'csv'])),
  label: name,
  /** Tables with features that the rows name by a key, looked up in this order. */
  feature_lookups: z.optional(z.array(featureLookup)),
});

/** Conditions over the columns of the evaluation data: `distance > 2000 AND origin = 'ATL'`. */
export const rowFilter = z.string().check(
  z.superRefine((where, context) => {
    try {
      compileRowFilter(where);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  }),
);

const limits = {
  min: bound,
  max: bound,
  /** The improvement over the champion, in units of the metric; less than 0 allows a loss. */
  min_change_vs_champion: bound,
  /** The improvement over the champion as a share of its value. */
  min_relative_change_vs_champion: bound,
  /** The improvement over the baseline: a column, or what needs no model at all. */
  min_change_vs_baseline: bound,
};

type Limits = { readonly [limit in keyof typeof limits]?: number | null | undefined };

const checkLimits = z.superRefine<Limits & { readonly metric: MetricName }>((rule, context) => {
  const given = Object.keys(limits).some((limit) => rule[limit as keyof Limits] != null);
  const message = given
    ? impossible(rule, rule.metric)
    : `needs one of ${Object.keys(limits).join(', ')}`;
  if (message) context.addIssue({ code: 'custom', message });
});

const threshold = z.strictObject({ metric, ...limits }).check(checkLimits);

/** Rows that meet a condition, or with `by` one slice for each value of a column. */
const slice = z
  .strictObject({
    name,
    where: z.optional(rowFilter),
    by: z.optional(name),
    /** Slices of fewer rows are left out; for `by` alone, 30 when absent. */
    min_rows: z.optional(z.int().check(z.minimum(1))),
    metric,
    ...limits,
  })
  .check(
    checkLimits,
    z.refine(
      ({ where, by }) => (where === undefined) !== (by === undefined),
      'needs either where or by',
    ),
    z.refine(
      ({ min_rows, by }) => min_rows === undefined || by !== undefined,
      'min_rows goes with by',
    ),
  );

const column = z
  .strictObject({
    type: z.optional(z.enum(['number', 'integer', 'string', 'boolean'])),
    /** Share of rows where the value is missing. */
    max_missing: z.optional(share),
    min: bound,
    max: bound,
    values: z.optional(
      z.array(z.union([z.string(), z.number(), z.boolean()])).check(z.minLength(1)),
    ),
  })
  .check(
    z.superRefine((rule, context) => {
      const message = impossible(rule);
      if (message) context.addIssue({ code: 'custom', message });
    }),
  );

/** What the evaluation data must be like. Its columns are held against the signature in any case. */
const dataQuality = z.strictObject({
  min_rows: z.optional(z.int().check(z.minimum(1))),
  /** Share of rows that repeat another one. */
  max_duplicates: z.optional(share),
  /** Share of values that are missing, in each column that the model takes. */
  max_missing: z.optional(share),
  /** Share of rows that the rarer class must have. */
  min_class_share: z.optional(z.number().check(z.gt(0), z.maximum(0.5))),
  columns: z.optional(z.record(name, column)),
});

const customCheck = z
  .strictObject({
    name,
    function_arn: z.optional(z.string().check(z.startsWith('arn:aws'))),
    url: z.optional(z.url({ protocol: /^https$/ })),
  })
  .check(
    z.refine(
      (check) => (check.function_arn === undefined) !== (check.url === undefined),
      'needs either function_arn or url',
    ),
  );

const require = z.strictObject({
  signature: z.optional(z.boolean()),
  input_example: z.optional(z.boolean()),
  description: z.optional(z.boolean()),
  /** Packages that the model needs, named in its `requirements.txt` or `conda.yaml`. */
  dependencies: z.optional(z.boolean()),
  /** A description of the registered model, or a README or model card in the artefact. */
  documentation: z.optional(z.boolean()),
  tags: z.optional(z.array(name)),
  /** Tags of the version or its model, each with the values that are allowed; none: any value. */
  compliance: z.optional(z.record(name, z.array(z.string()))),
});

export const validation = z
  .strictObject({
    mode: z.enum(['enabled', 'dry_run', 'disabled']),
    evaluation_data: z.optional(evaluationData),
    require: z.optional(require),
    thresholds: z.optional(z.array(threshold)),
    slices: z.optional(z.array(slice)),
    /** A column of the evaluation data with the scores of a heuristic. */
    baseline: z.optional(z.strictObject({ column: name })),
    data_quality: z.optional(dataQuality),
    /** The logged example has the columns, types and values that serving gives the model. */
    feature_consistency: z.optional(z.boolean()),
    latency_p95_ms: z.optional(z.number().check(z.positive())),
    max_size_mb: z.optional(z.number().check(z.positive())),
    custom: z.optional(z.array(customCheck)),
  })
  .check(
    z.refine(
      ({ data_quality: quality, evaluation_data: data }) =>
        quality === undefined || data !== undefined,
      { path: ['data_quality'], message: 'needs evaluation_data to look at' },
    ),
  );
