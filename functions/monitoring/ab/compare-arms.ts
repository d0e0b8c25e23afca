import { type ArmData, armName } from './arm.ts';
import {
  difference,
  differenceOfProportions,
  type Estimate,
  interval,
  type Measured,
  mean,
  proportion,
  quantile,
  ratio,
} from './intervals.ts';
import { type AbMetric, HIGHER_IS_BETTER, qualityOf } from './quality.ts';
import { type Aim, forMeans, forProportions } from './sample-size.ts';

interface Comparison {
  readonly metric: AbMetric;
  readonly aim: Aim;
}

const MICRO = 1e6;

/** The report: both arms, their differences, the plan of how many requests are needed, and the verdict. */
export function compareArms(a: ArmData, b: ArmData, { metric, aim }: Comparison) {
  const { alpha } = aim;
  const [first, second] = [measure(a, metric, alpha), measure(b, metric, alpha)];
  const between = (x: Measured | null, y: Measured | null) => x && y && difference(x, y, alpha);
  const differences = {
    quality: between(first.quality, second.quality),
    errors: first.errors && second.errors && differenceOfProportions(first.errors, second.errors),
    latency_ms: between(first.latency, second.latency),
    cost_per_1000_usd: between(first.cost, second.cost),
  };
  const planned = plan([first.quality, second.quality], [a, b], aim);
  return {
    metric,
    arms: [describeArm(a, first, alpha), describeArm(b, second, alpha)],
    /** Second arm less first. */
    differences,
    plan: planned,
    verdict: verdict([armName(a), armName(b)], metric, differences, planned),
  };
}

const measure = (arm: ArmData, metric: AbMetric, alpha: number) => ({
  quality: qualityOf(arm, metric),
  errors: proportion(arm.errors, arm.requests, alpha),
  latency: mean(arm.latencies),
  cost: perThousand(arm),
});

const describeArm = (arm: ArmData, measured: ReturnType<typeof measure>, alpha: number) => ({
  served_entity_name: arm.entity,
  version: arm.version,
  requests: arm.requests,
  predictions: arm.predictions,
  labelled_rows: arm.labels.length,
  quality: measured.quality && interval(measured.quality, alpha),
  errors: measured.errors,
  latency_ms: {
    mean: measured.latency && interval(measured.latency, alpha),
    p50: quantile(arm.latencies, 0.5, alpha),
    p99: quantile(arm.latencies, 0.99, alpha),
  },
  cost_per_1000_usd: measured.cost && interval(measured.cost, alpha),
});

function perThousand({ costs }: ArmData): Measured | null {
  const one = ratio(costs);
  return one && { value: one.value * 1000, error: one.error * 1000 };
}

/** Rows of each arm, labelled ones for the quality, that find the effect; from what was seen so far. */
function plan(
  [qa, qb]: readonly [Measured | null, Measured | null],
  [a, b]: readonly [ArmData, ArmData],
  aim: Aim,
) {
  const quality =
    qa && qb
      ? forMeans({ a: qa.error ** 2 * a.labels.length, b: qb.error ** 2 * b.labels.length }, aim)
      : null;
  const errors = a.requests > 0 ? forProportions(a.errors / a.requests, aim) : null;
  return { ...aim, labelled_rows_per_arm: quality, requests_per_arm_for_errors: errors };
}

const clear = (estimate: Estimate | null): estimate is Estimate =>
  estimate !== null && (estimate.interval[0] > 0 || estimate.interval[1] < 0);

function verdict(
  [a, b]: readonly [string, string],
  metric: AbMetric,
  differences: {
    readonly quality: Estimate | null;
    readonly errors: Estimate | null;
    readonly latency_ms: Estimate | null;
    readonly cost_per_1000_usd: Estimate | null;
  },
  planned: { readonly effect: number; readonly labelled_rows_per_arm: number | null },
): string {
  const { quality, errors, latency_ms: latency, cost_per_1000_usd: cost } = differences;
  const by = (estimate: Estimate, digits: number, scale = 1) => {
    const [low, high] = estimate.interval.map((end) => (end * scale).toFixed(digits));
    return `${(estimate.estimate * scale).toFixed(digits)} (${low} to ${high})`;
  };
  const parts: string[] = [];
  if (clear(quality)) {
    const better = quality.estimate > 0 === HIGHER_IS_BETTER[metric];
    parts.push(`is ${better ? 'better' : 'worse'} in ${metric} by ${by(quality, 4)}`);
  } else if (quality) {
    const needed = planned.labelled_rows_per_arm;
    parts.push(
      `cannot be told apart in ${metric}, ${by(quality, 4)}; a difference of ${planned.effect} takes ${needed} labelled rows an arm`,
    );
  } else parts.push('cannot be judged by quality, for there are too few labels');
  if (clear(errors)) {
    parts.push(
      `fails ${errors.estimate > 0 ? 'more' : 'less'} often, ${by(errors, 2, 100)} points`,
    );
  }
  if (clear(latency)) {
    parts.push(`is ${latency.estimate > 0 ? 'slower' : 'faster'} by ${by(latency, 2)} ms`);
  }
  if (clear(cost)) {
    const more = cost.estimate > 0 ? 'more' : 'less';
    parts.push(`costs ${more}, ${by(cost, 2, MICRO)} dollars a billion predictions`);
  }
  return `${b} ${parts.join(', ')} than ${a}.`;
}
