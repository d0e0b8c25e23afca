import { addDuration, parseDuration } from '../../shared/duration.ts';
import type { Rollout } from './rollout.ts';
import { logWealth, type SequentialTest } from './sequential-test.ts';
import { secondsToNextLook, stepsOf, timeoutAt } from './strategy.ts';

export type Verdict =
  | { readonly next: 'wait'; readonly wait_seconds: number }
  | { readonly next: 'advance' | 'promote' }
  | { readonly next: 'abort' | 'ask'; readonly reason: string };

type MetricName = 'errors' | 'latency' | 'quality';

/**
 * What the evidence asks for at this moment. `abort`: a metric is worse than tolerated; the chance
 * that this is ever said of a candidate that is not, over all looks and metrics, is `alpha`. `promote`:
 * every step is over and every metric is shown to be within its tolerance, each with error `alpha`.
 * What time ends before that is for a person: too little data decides nothing.
 */
export function judgeRollout(rollout: Rollout, now: number): Verdict {
  const { strategy, evidence } = rollout;
  const metrics = metricsOf(rollout);
  const bar = Math.log(Math.max(1, metrics.length) / strategy.alpha);
  const samples = ({ test, alone }: Metric) =>
    alone ? test.candidate.n : Math.min(test.candidate.n, test.champion.n);
  const enough = (metric: Metric) => samples(metric) >= strategy.minimum_samples;

  const worse = metrics.find((metric) => enough(metric) && logWealth(metric.test.worse) >= bar);
  if (worse) return { next: 'abort', reason: worseReason(worse) };

  const few = metrics.filter((metric) => !enough(metric));
  const baked = isBaked(rollout) && few.length === 0;
  const last = rollout.step >= stepsOf(strategy).length - 1;
  if (baked && !last) return { next: 'advance' };
  const open = metrics.filter(
    ({ test }) => logWealth(test.tolerable) < Math.log(1 / strategy.alpha),
  );
  if (baked && open.length === 0) return { next: 'promote' };

  if (now < timeoutAt(strategy, rollout.startedAt)) {
    return { next: 'wait', wait_seconds: secondsToNextLook(strategy, now - rollout.startedAt) };
  }
  return { next: 'ask', reason: undecidedReason(rollout, few, open, evidence.step.n) };
}

interface Metric {
  readonly name: MetricName;
  readonly test: SequentialTest;
  readonly tolerance: number;
  /** No champion answers beside the candidate: the tolerance is that of the candidate's own mean. */
  readonly alone: boolean;
}

function metricsOf({ strategy, evidence }: Rollout): Metric[] {
  const alone = strategy.strategy === 'all_at_once';
  return (['errors', 'latency', 'quality'] as const).flatMap((name) => {
    const policy = strategy.analysis[name];
    return policy ? [{ name, test: evidence[name], tolerance: policy.tolerance, alone }] : [];
  });
}

function isBaked({ strategy: { bake }, evidence: { step } }: Rollout): boolean {
  if (step.n < Math.max(1, bake.requests ?? 1)) return false;
  if (bake.duration === undefined) return true;
  return step.last >= addDuration(step.first, parseDuration(bake.duration));
}

const WHAT: Readonly<Record<MetricName, string>> = {
  errors: 'errors',
  latency: 'slow answers',
  quality: 'loss',
};

const percent = ({ n, sum }: { n: number; sum: number }) =>
  `${((100 * sum) / Math.max(1, n)).toFixed(2)} % in ${n}`;

function worseReason({ name, test, tolerance, alone }: Metric): string {
  const than = alone ? '' : ` against ${percent(test.champion)} of the champion`;
  return `${WHAT[name]}: ${percent(test.candidate)} requests${than}; tolerated are ${100 * tolerance} points`;
}

function undecidedReason(
  rollout: Rollout,
  few: readonly Metric[],
  open: readonly Metric[],
  requests: number,
): string {
  const names = (metrics: readonly Metric[]) => metrics.map(({ name }) => name).join(', ');
  const { minimum_samples: minimum, timeout } = rollout.strategy;
  if (few.length > 0) return `fewer than ${minimum} samples of ${names(few)} within ${timeout}`;
  if (open.length > 0) return `${names(open)} undecided within ${timeout}`;
  return `step ${rollout.step + 1} saw ${requests} requests and did not end within ${timeout}`;
}
