import * as z from 'zod';
import { compileRowFilter } from '../search/index.ts';
import { isDuration } from '../shared/duration.ts';

const duration = z.string().refine(isDuration, 'must be an ISO 8601 duration such as P1D or PT72H');
const name = z.string().min(1).max(250);
const bound = z.number().nullish();

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
    .regex(/^(s3:\/\/[^/]+\/.+|run:\/.+)$/, 'must be s3://<bucket>/<key> or run:/<path>'),
  format: z.enum(['parquet', 'csv']).optional(),
  label: name,
});

/** Conditions over the columns of the evaluation data: `distance > 2000 AND origin = 'ATL'`. */
const rowFilter = z.string().superRefine((where, context) => {
  try {
    compileRowFilter(where);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

const limits = { min: bound, max: bound, min_change_vs_champion: bound };
const someLimit = (value: { min?: unknown; max?: unknown; min_change_vs_champion?: unknown }) =>
  [value.min, value.max, value.min_change_vs_champion].some((limit) => limit != null);

const validation = z.strictObject({
  mode: z.enum(['enabled', 'dry_run', 'disabled']),
  evaluation_data: evaluationData.optional(),
  require: z
    .strictObject({
      signature: z.boolean().optional(),
      input_example: z.boolean().optional(),
      description: z.boolean().optional(),
      tags: z.array(name).optional(),
    })
    .optional(),
  thresholds: z
    .array(
      z
        .strictObject({ metric, ...limits })
        .refine(someLimit, 'needs min, max or min_change_vs_champion'),
    )
    .optional(),
  slices: z
    .array(
      z
        .strictObject({ name, where: rowFilter, metric, ...limits })
        .refine(someLimit, 'needs min, max or min_change_vs_champion'),
    )
    .optional(),
  latency_p95_ms: z.number().positive().optional(),
  max_size_mb: z.number().positive().optional(),
  custom: z
    .array(
      z
        .strictObject({
          name,
          function_arn: z.string().startsWith('arn:aws').optional(),
          url: z.url({ protocol: /^https$/ }).optional(),
        })
        .refine(
          (check) => (check.function_arn === undefined) !== (check.url === undefined),
          'needs either function_arn or url',
        ),
    )
    .optional(),
});

/** The metric that a test compares; the bootstrap compares any. */
const COMPARED = { delong: 'roc_auc', mcnemar: 'accuracy' } as const;

/** The sharpest test there is for a metric. */
const testFor = (metric: (typeof METRICS)[number]) =>
  metric === 'roc_auc' ? 'delong' : metric === 'accuracy' ? 'mcnemar' : 'bootstrap';

const promotion = z
  .strictObject({
    mode: z.enum(['auto', 'manual', 'disabled']),
    metric: metric.optional(),
    test: z.enum(['mcnemar', 'delong', 'bootstrap']).optional(),
    rule: z.enum(['superior', 'non_inferior']).default('superior'),
    /** In units of the metric; never negative. */
    margin: z.number().min(0).default(0),
    alpha: z.number().gt(0).lt(0.5).default(0.05),
    baseline: z
      .strictObject({ metric, min: bound, max: bound })
      .refine(someLimit, 'needs min or max')
      .optional(),
  })
  .superRefine(({ metric, test }, context) => {
    if (!metric || !test || test === 'bootstrap' || COMPARED[test] === metric) return;
    context.addIssue({
      code: 'custom',
      path: ['test'],
      message: `${test} compares ${COMPARED[test]}, not ${metric}; use bootstrap`,
    });
  })
  .transform((part) => {
    const metric = part.metric ?? (part.test === 'mcnemar' ? 'accuracy' : 'roc_auc');
    return { ...part, metric, test: part.test ?? testFor(metric) };
  });

const approval = z.strictObject({
  required: z.boolean(),
  approvers: z
    .array(z.string().regex(/^(group|user):.+$/, 'must be group:<name> or user:<name>'))
    .optional(),
  quorum: z.int().min(1).default(1),
  expires_in: duration.default('PT72H'),
  self_approval: z.boolean().default(false),
});

const retraining = z.strictObject({
  pipeline: name,
  when: z
    .array(
      z
        .strictObject({
          metric: name,
          column: name.optional(),
          above: z.number().optional(),
          below: z.number().optional(),
          k: z.int().min(1).default(1),
          n: z.int().min(1).default(1),
        })
        .refine((rule) => (rule.above === undefined) !== (rule.below === undefined), {
          message: 'needs either above or below',
        })
        .refine((rule) => rule.k <= rule.n, { message: 'k must not exceed n' }),
    )
    .min(1),
  cooldown: duration.optional(),
  max_per_month: z.int().min(0).optional(),
});

/** What the loop may do with a model; each part may be absent, which means: not done. */
export const policySchema = z.strictObject({
  validation: validation.optional(),
  promotion: promotion.optional(),
  approval: approval.optional(),
  retraining: retraining.optional(),
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
