import * as z from 'zod/mini';
import { addDuration, isDuration, parseDuration } from '../shared/duration.ts';
import { occasions } from '../shared/recipients.ts';
import { bound, impossible, type MetricName, metric } from './metric.ts';
import { rowFilter, validation } from './validation-policy.ts';

const duration = z
  .string()
  .check(z.refine(isDuration, 'must be an ISO 8601 duration such as P1D or PT72H'));
const name = z.string().check(z.minLength(1), z.maxLength(250));

/** The metric that a test compares; the bootstrap compares any. */
const COMPARED = { delong: 'roc_auc', mcnemar: 'accuracy' } as const;

/** The sharpest test there is for a metric. */
const testFor = (metric: MetricName) =>
  metric === 'roc_auc' ? 'delong' : metric === 'accuracy' ? 'mcnemar' : 'bootstrap';

const thresholdBaseline = z.strictObject({ metric, min: bound, max: bound }).check(
  z.superRefine((limits, context) => {
    const given = limits.min != null || limits.max != null;
    const message = given ? impossible(limits, limits.metric) : 'needs min or max';
    if (message) context.addIssue({ code: 'custom', message });
  }),
);

const promotion = z.pipe(
  z
    .strictObject({
      mode: z.enum(['auto', 'manual', 'disabled']),
      metric: z.optional(metric),
      test: z.optional(z.enum(['mcnemar', 'delong', 'bootstrap'])),
      rule: z._default(
        z.enum(['superior', 'non_inferior', 'non_inferior_and_cheaper']),
        'superior',
      ),
      /** In units of the metric; never negative. */
      margin: z._default(z.number().check(z.minimum(0)), 0),
      alpha: z._default(z.number().check(z.gt(0), z.lt(0.5)), 0.05),
      /** What `non_inferior_and_cheaper` saves: at least this share of the champion's cost. */
      cheaper: z._default(
        z.strictObject({
          measure: z._default(z.enum(['latency', 'size']), 'latency'),
          by: z._default(z.number().check(z.minimum(0), z.lt(1)), 0.1),
        }),
        { measure: 'latency', by: 0.1 },
      ),
      slices: z.optional(z.array(z.strictObject({ name, where: rowFilter }))),
      slice_rule: z._default(z.enum(['no_harm', 'non_inferior']), 'no_harm'),
      /** In units of the metric; never negative. */
      slice_margin: z._default(z.number().check(z.minimum(0)), 0),
      /** What a first champion has to beat: bounds, or the heuristic whose scores a column holds. */
      baseline: z.optional(z.union([z.strictObject({ column: name }), thresholdBaseline])),
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

const people = z.array(
  z.string().check(z.regex(/^(group|user):.+$/, 'must be group:<name> or user:<name>')),
);

const approval = z
  .strictObject({
    required: z.boolean(),
    approvers: z.optional(people),
    quorum: z._default(z.int().check(z.minimum(1)), 1),
    expires_in: z._default(duration, 'PT72H'),
    self_approval: z._default(z.boolean(), false),
    comment_required: z._default(z.boolean(), false),
    /** Who may answer, too, when nobody has decided after this time. */
    escalation: z.optional(z.strictObject({ after: duration, to: people.check(z.minLength(1)) })),
  })
  .check(
    z.refine(
      ({ escalation, expires_in }) =>
        // A text that is no duration is refused by its own field.
        !escalation ||
        !isDuration(escalation.after) ||
        !isDuration(expires_in) ||
        addDuration(0, parseDuration(escalation.after)) < addDuration(0, parseDuration(expires_in)),
      { path: ['escalation', 'after'], message: 'must end before expires_in' },
    ),
  );

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

/** Of what somebody is told. */
const notify = occasions([
  'on_validation_failure',
  'on_validation_success',
  'on_approval_request',
  'on_approval_decision',
  'on_promotion',
  'on_promotion_failure',
  'on_drift_detected',
  'on_quality_degraded',
  'on_training_failure',
  'on_training_success',
]);

/** What the loop may do with a model; each part may be absent, which means: not done. */
export const policySchema = z.strictObject({
  validation: z.optional(validation),
  promotion: z.optional(promotion),
  approval: z.optional(approval),
  retraining: z.optional(retraining),
  notify: z.optional(notify),
});

/** What is put: the document and, if the caller knows it, the revision that it replaces. */
export const policyBody = z.extend(policySchema, {
  revision: z.optional(z.int().check(z.minimum(1))),
});

/** As a person writes it. */
export type PolicyDocument = z.input<typeof policySchema>;

/** With every default filled in. */
export type Policy = z.output<typeof policySchema>;

export type ValidationPolicy = NonNullable<Policy['validation']>;
export type PromotionPolicy = NonNullable<Policy['promotion']>;
export type RetrainingPolicy = NonNullable<Policy['retraining']>;
export type NotifyPolicy = NonNullable<Policy['notify']>;
export type { MetricName } from './metric.ts';

/** A policy in force. */
export interface PolicyRevision {
  /** The model's name, or a prefix and `*`. */
  readonly name: string;
  /** 1, 2, 3 …; goes on after a deletion. */
  readonly revision: number;
  readonly policy: Policy;
}
