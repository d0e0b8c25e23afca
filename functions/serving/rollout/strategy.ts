import * as z from 'zod/mini';
import { addDuration, isDuration, parseDuration, SECOND_MS } from '../../shared/duration.ts';
import { invalid } from '../../shared/errors.ts';

const duration = z
  .string()
  .check(z.refine(isDuration, 'must be an ISO 8601 duration such as PT10M'));
const fraction = z.number().check(z.gt(0), z.lt(1));

/** What the candidate's requests are watched for; each tolerance is a share of requests, or of the loss. */
const analysisSchema = z.strictObject({
  /** Answers other than 200 among the requests that reached a version. */
  errors: z.nullish(z.strictObject({ tolerance: z._default(fraction, 0.01) })),
  /** Requests slower than `ratio` times the champion's 99th percentile, and by `slack_ms` at least. */
  latency: z.nullish(
    z.strictObject({
      tolerance: z._default(fraction, 0.02),
      ratio: z._default(z.number().check(z.minimum(1)), 1.2),
      slack_ms: z._default(z.number().check(z.minimum(0)), 2),
    }),
  ),
  /** Loss by the labels that come later, between 0 and 1. */
  quality: z.nullish(
    z.strictObject({
      loss: z.enum(['brier', 'error', 'absolute_error']),
      /** What an absolute error of 1 is: larger ones count as that. Needed for `absolute_error`. */
      scale: z.optional(z.number().check(z.positive())),
      tolerance: z._default(fraction, 0.01),
    }),
  ),
});

/** How a new version takes an entity's traffic over. */
export const rolloutSchema = z.strictObject({
  strategy: z.enum(['all_at_once', 'canary', 'linear']),
  /** Share of the first step, and of each further one if linear; whole percent. */
  percentage: z.optional(z.int().check(z.minimum(1), z.maximum(99))),
  /** What a step lasts: event time and requests of the candidate. */
  bake: z._default(
    z
      .strictObject({
        duration: z.optional(duration),
        requests: z.optional(z.int().check(z.minimum(1))),
      })
      .check(z.refine((bake) => bake.duration ?? bake.requests, 'needs duration or requests')),
    { duration: 'PT10M' },
  ),
  analysis: z._default(analysisSchema, {}),
  /** Below so many requests of either arm (labelled ones, for the quality) nothing is decided. */
  minimum_samples: z._default(z.int().check(z.minimum(1)), 100),
  /** Share of good candidates that are aborted at most, however often is looked. */
  alpha: z._default(z.number().check(z.gt(0), z.maximum(0.2)), 0.05),
  /** How often is looked, by the clock. */
  interval: z._default(duration, 'PT10S'),
  /** By the clock; what is undecided then, a person decides. */
  timeout: z._default(duration, 'P1D'),
  approval: z._default(
    z.strictObject({
      approvers: z._default(
        z.array(z.string().check(z.regex(/^(group|user):.+$/, 'must be group:… or user:…'))),
        [],
      ),
      quorum: z._default(z.int().check(z.minimum(1)), 1),
      expires_in: z._default(duration, 'PT72H'),
      self_approval: z._default(z.boolean(), false),
    }),
    { approvers: [], quorum: 1, expires_in: 'PT72H', self_approval: false },
  ),
});

export type RolloutStrategy = z.output<typeof rolloutSchema>;
type AnalysisPolicy = z.output<typeof analysisSchema>;

const DEFAULT_PERCENTAGE = 10;

/** Fills in what follows from the strategy. Throws INVALID_PARAMETER_VALUE for what contradicts itself. */
export function checkStrategy(given: RolloutStrategy): RolloutStrategy {
  const { errors, latency, quality } = given.analysis;
  if (given.strategy === 'all_at_once' && (latency || quality)) {
    throw invalid(
      'rollout.analysis: with all_at_once no champion is left to compare latency and quality with',
    );
  }
  if (quality?.loss === 'absolute_error' && quality.scale === undefined) {
    throw invalid('rollout.analysis.quality.scale is needed for absolute_error');
  }
  const analysis: AnalysisPolicy = {
    ...given.analysis,
    ...(errors === undefined && { errors: { tolerance: 0.01 } }),
    ...(given.strategy !== 'all_at_once' &&
      latency === undefined && { latency: { tolerance: 0.02, ratio: 1.2, slack_ms: 2 } }),
  };
  return { ...given, analysis };
}

/** Percentages of the candidate, step by step; promotion follows the last one's bake. */
export function stepsOf({ strategy, percentage = DEFAULT_PERCENTAGE }: RolloutStrategy): number[] {
  if (strategy === 'all_at_once') return [100];
  if (strategy === 'canary') return [percentage];
  return Array.from({ length: Math.ceil(100 / percentage) - 1 }, (_, i) => (i + 1) * percentage);
}

/**
 * Looks that a rollout takes before they become rarer. An execution's history holds 25,000 events and
 * a look costs about nine: with waits that grow by a 150th of what has passed, 30 days need 1,600 looks.
 */
const FREQUENT_LOOKS = 150;

/** Seconds until the next look, `elapsed` milliseconds after the start. */
export function secondsToNextLook({ interval }: RolloutStrategy, elapsed: number): number {
  const rarer = elapsed / SECOND_MS / FREQUENT_LOOKS;
  return Math.max(1, Math.ceil(secondsOf(interval)), Math.ceil(rarer));
}

/** Seconds that a person has for an answer. */
export const secondsForAnswer = ({ approval }: RolloutStrategy): number =>
  Math.max(1, Math.ceil(secondsOf(approval.expires_in)));

const secondsOf = (duration: string) => addDuration(0, parseDuration(duration)) / SECOND_MS;

export const timeoutAt = (strategy: RolloutStrategy, startedAt: number): number =>
  addDuration(startedAt, parseDuration(strategy.timeout));
