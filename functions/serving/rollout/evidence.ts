import { newTest, observe, pValueOf, type SequentialTest } from './sequential-test.ts';
import type { RolloutStrategy } from './strategy.ts';
import { newUnits, UnitSet, type Units } from './units.ts';

/** A request of one of the arms, or a label that came for one. */
interface Seen {
  readonly role: 'candidate' | 'champion';
  /** Percentage of the candidate when the request was answered. */
  readonly share: number;
  /** Hash of who asked, for requests that are not independent: of a sticky key, or repeated. */
  readonly unit?: number;
}

export interface RequestSeen extends Seen {
  /** The arm did not answer. */
  readonly failed?: true;
  readonly executionTimeMs: number;
  /** Event time, epoch milliseconds. */
  readonly time: number;
}

export interface LabelSeen extends Seen {
  /** Between 0 and 1. */
  readonly loss: number;
}

/** What is known about a rollout, of a size that does not grow with the requests. */
export interface Evidence {
  readonly errors: SequentialTest;
  readonly latency: SequentialTest;
  readonly quality: SequentialTest;
  /** Champion's milliseconds → requests, in steps of about two percent. */
  readonly championMs: Readonly<Record<string, number>>;
  readonly requests: Units;
  readonly labels: Units;
  /** The candidate's requests of the present step: number, and first and last event time. */
  readonly step: { readonly n: number; readonly first: number; readonly last: number };
}

const emptyStep = { n: 0, first: 0, last: 0 };

export const noEvidence: Evidence = {
  errors: newTest,
  latency: newTest,
  quality: newTest,
  championMs: {},
  requests: newUnits,
  labels: newUnits,
  step: emptyStep,
};

export const nextStep = (evidence: Evidence): Evidence => ({ ...evidence, step: emptyStep });

/** Requests after which the champion's 99th percentile is taken anew. */
const BLOCK = 200;

/** Counts requests in the order of their arrival. */
export function addRequests(
  evidence: Evidence,
  seen: readonly RequestSeen[],
  strategy: RolloutStrategy,
  present: { readonly share: number },
): Evidence {
  let { errors, latency, step } = evidence;
  const units = new UnitSet(evidence.requests);
  const championMs = new Map(Object.entries(evidence.championMs));
  const { analysis, minimum_samples: minimum } = strategy;
  let p99: number | undefined;
  for (const [i, one] of seen.entries()) {
    // What a request is compared with was fixed by earlier ones: the test rests on that.
    if (i % BLOCK === 0) p99 = quantile(championMs, 0.99, minimum);
    if (one.role === 'candidate' && one.share === present.share) step = extend(step, one.time);
    if (!units.take(one.unit)) continue;
    const { role, failed, executionTimeMs: ms } = one;
    const base = { role, share: one.share / 100 };
    if (analysis.errors) {
      const outcome = { ...base, value: failed ? 1 : 0 };
      errors = observe(errors, outcome, analysis.errors.tolerance);
    }
    if (analysis.latency && p99 !== undefined && one.share < 100) {
      const { ratio, slack_ms: slack, tolerance } = analysis.latency;
      const limit = role === 'candidate' ? Math.max(p99 * ratio, p99 + slack) : p99;
      latency = observe(latency, { ...base, value: ms > limit ? 1 : 0 }, tolerance);
    }
    if (role === 'champion') {
      const bin = String(binOf(ms));
      championMs.set(bin, (championMs.get(bin) ?? 0) + 1);
    }
  }
  const histogram = Object.fromEntries(championMs);
  return { ...evidence, errors, latency, step, requests: units.toUnits(), championMs: histogram };
}

/** Counts labels in the order in which they came. */
export function addLabels(
  evidence: Evidence,
  seen: readonly LabelSeen[],
  { analysis: { quality: policy } }: RolloutStrategy,
): Evidence {
  let { quality } = evidence;
  const units = new UnitSet(evidence.labels);
  for (const one of seen) {
    if (!policy || one.share >= 100 || !units.take(one.unit)) continue;
    const outcome = { role: one.role, share: one.share / 100, value: one.loss };
    quality = observe(quality, outcome, policy.tolerance);
  }
  return { ...evidence, quality, labels: units.toUnits() };
}

const extend = ({ n, first, last }: Evidence['step'], time: number) => ({
  n: n + 1,
  first: n === 0 ? time : Math.min(first, time),
  last: n === 0 ? time : Math.max(last, time),
});

/** Bins of the histogram: whole milliseconds, from 50 on about two percent. */
function binOf(ms: number): number {
  if (ms <= 50) return Math.round(ms);
  return Math.round(50 * 1.02 ** Math.round(Math.log(ms / 50) / Math.log(1.02)));
}

/** The smallest value with the share of the counts at or below it; undefined below `minimum` counts. */
function quantile(
  histogram: ReadonlyMap<string, number>,
  share: number,
  minimum = 1,
): number | undefined {
  const bins = [...histogram].map(([ms, n]) => [Number(ms), n] as const);
  const total = bins.reduce((sum, [, n]) => sum + n, 0);
  if (total < minimum) return undefined;
  let seen = 0;
  for (const [ms, n] of bins.sort(([a], [b]) => a - b)) {
    seen += n;
    if (seen >= share * total) return ms;
  }
  return undefined;
}

/** What the tests say at this moment, for readers. */
export function describeEvidence(
  evidence: Evidence,
  { analysis }: RolloutStrategy,
): Record<string, unknown> {
  const p99 = quantile(new Map(Object.entries(evidence.championMs)), 0.99);
  return {
    step_requests: evidence.step.n,
    ...(analysis.errors && { errors: report(evidence.errors, analysis.errors.tolerance) }),
    ...(analysis.latency && {
      latency: {
        ...report(evidence.latency, analysis.latency.tolerance),
        ...(p99 !== undefined && { champion_p99_ms: p99 }),
      },
    }),
    ...(analysis.quality && { quality: report(evidence.quality, analysis.quality.tolerance) }),
  };
}

/** Both arms, and the anytime-valid p-values of "worse than tolerated" and of its opposite. */
const report = (test: SequentialTest, tolerance: number) => ({
  candidate: arm(test.candidate),
  champion: arm(test.champion),
  tolerance,
  p_worse: pValueOf(test.worse),
  p_tolerable: pValueOf(test.tolerable),
});

const arm = ({ n, sum }: { readonly n: number; readonly sum: number }) => ({
  samples: n,
  mean: n === 0 ? null : sum / n,
});
