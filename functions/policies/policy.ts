import * as z from 'zod/mini';
import { compileRowFilter } from '../search/index.ts';
import { isDuration } from '../shared/duration.ts';

const duration = z
  .string()
  .check(z.refine(isDuration, 'must be an ISO 8601 duration such as P1D or PT72H'));
const name = z.string().check(z.minLength(1), z.maxLength(250));
const bound = z.nullish(z.number());

export const METRICS = [
  'roc_auc',
  'log_loss',
  'accuracy',
  'precision',
  'recall',
  'f1',
  'rmse',
  'mae',
  'r2',
] as const;
const metric = z.enum(METRICS);

/** Rows that a model is judged by: `s3://…`, or `run:/<path>`, an artifact of the version's own run. */
const evaluationData = z.strictObject({
  path: z
    .string()
    .check(z.regex(/^(s3:\/\/[^/]+\/.+|run:\/.+)$/, 'must be s3://<bucket>/<key> or run:/<path>')),
  format: z.optional(z.enum(['parquet', 'csv'])),
  label: name,
});

/** Conditions over the columns of the evaluation data: `distance > 2000 AND origin = 'ATL'`. */
const rowFilter = z.string().check(
  z.superRefine((where, context) => {
    try {
      compileRowFilter(where);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  }),
);

const limits = { min: bound, max: bound, min_change_vs_champion: bound };
const someLimit = (value: { min?: unknown; max?: unknown; min_change_vs_champion?: unknown }) =>
  [value.min, value.max, value.min_change_vs_champion].some((limit) => limit != null);

const validation = z.strictObject({
  mode: z.enum(['enabled', 'dry_run', 'disabled']),
  evaluation_data: z.optional(evaluationData),
  require: z.optional(
    z.strictObject({
      signature: z.optional(z.boolean()),
      input_example: z.optional(z.boolean()),
      description: z.optional(z.boolean()),
      tags: z.optional(z.array(name)),
    }),
  ),
  thresholds: z.optional(
    z.array(
      z
        .strictObject({ metric, ...limits })
        .check(z.refine(someLimit, 'needs min, max or min_change_vs_champion')),
    ),
  ),
  slices: z.optional(
    z.array(
      z
        .strictObject({ name, where: rowFilter, metric, ...limits })
        .check(z.refine(someLimit, 'needs min, max or min_change_vs_champion')),
    ),
  ),
  latency_p95_ms: z.optional(z.number().check(z.positive())),
  max_size_mb: z.optional(z.number().check(z.positive())),
  custom: z.optional(
    z.array(
      z
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
        ),
    ),
  ),
});

/** The metric that a test compares; the bootstrap compares any. */
const COMPARED = { delong: 'roc_auc', mcnemar: 'accuracy' } as const;

/** The sharpest test there is for a metric. */
const testFor = (metric: (typeof METRICS)[number]) =>
  metric === 'roc_auc' ? 'delong' : metric === 'accuracy' ? 'mcnemar' : 'bootstrap';

const promotion = z.pipe(
  z
    .strictObject({
      mode: z.enum(['auto', 'manual', 'disabled']),
      metric: z.optional(metric),
      test: z.optional(z.enum(['mcnemar', 'delong', 'bootstrap'])),
      rule: z._default(z.enum(['superior', 'non_inferior']), 'superior'),
      /** In units of the metric; never negative. */
      margin: z._default(z.number().check(z.minimum(0)), 0),
      alpha: z._default(z.number().check(z.gt(0), z.lt(0.5)), 0.05),
      baseline: z.optional(
        z
          .strictObject({ metric, min: bound, max: bound })
          .check(z.refine(someLimit, 'needs min or max')),
      ),
    })
    .check(
      z.superRefine(({ metric, test }, context) => {
        if (!metric || !test || test === 'bootstrap' || COMPARED[test] === metric) return;
        context.addIssue({
          code: 'custom',
          path: ['test'],
          message: `${test} compares ${COMPARED[test]}, not ${metric}; use bootstrap`,
        });
      }),
    ),
  z.transform((part) => {
    const metric = part.metric ?? (part.test === 'mcnemar' ? 'accuracy' : 'roc_auc');
    return { ...part, metric, test: part.test ?? testFor(metric) };
  }),
);

const approval = z.strictObject({
  required: z.boolean(),
  approvers: z.optional(
    z.array(z.string().check(z.regex(/^(group|user):.+$/, 'must be group:<name> or user:<name>'))),
  ),
  quorum: z._default(z.int().check(z.minimum(1)), 1),
  expires_in: z._default(duration, 'PT72H'),
  self_approval: z._default(z.boolean(), false),
});

const retraining = z.strictObject({
  pipeline: name,
  when: z
    .array(
      z
        .strictObject({
          metric: name,
          column: z.optional(name),
          above: z.optional(z.number()),
          below: z.optional(z.number()),
          k: z._default(z.int().check(z.minimum(1)), 1),
          n: z._default(z.int().check(z.minimum(1)), 1),
        })
        .check(
          z.refine((rule) => (rule.above === undefined) !== (rule.below === undefined), {
            message: 'needs either above or below',
          }),
          z.refine((rule) => rule.k <= rule.n, { message: 'k must not exceed n' }),
        ),
    )
    .check(z.minLength(1)),
  cooldown: z.optional(duration),
  max_per_month: z.optional(z.int().check(z.minimum(0))),
});

/** What the loop may do with a model; each part may be absent, which means: not done. */
export const policySchema = z.strictObject({
  validation: z.optional(validation),
  promotion: z.optional(promotion),
  approval: z.optional(approval),
  retraining: z.optional(retraining),
});

/** As a person writes it. */
export type PolicyDocument = z.input<typeof policySchema>;

/** With every default filled in. */
export type Policy = z.output<typeof policySchema>;

export type ValidationPolicy = NonNullable<Policy['validation']>;
export type PromotionPolicy = NonNullable<Policy['promotion']>;
export type ApprovalPolicy = NonNullable<Policy['approval']>;
export type RetrainingPolicy = NonNullable<Policy['retraining']>;
export type MetricName = (typeof METRICS)[number];

/** A policy in force. */
export interface PolicyRevision {
  /** The model's name, or a prefix and `*`. */
  readonly name: string;
  /** 1, 2, 3 …; goes on after a deletion. */
  readonly revision: number;
  readonly policy: Policy;
}
