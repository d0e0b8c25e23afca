/** What a paired test found about challenger minus champion, in units of the metric. */
export interface Comparison {
  readonly test: 'delong' | 'mcnemar' | 'bootstrap';
  readonly n: number;
  readonly challenger: number;
  readonly champion: number;
  /** Challenger minus champion. */
  readonly estimate: number;
  /** Two-sided interval of confidence 1 − 2·alpha: each end is a one-sided bound of 1 − alpha. */
  readonly interval: readonly [number, number];
  readonly confidence: number;
  /** One-sided: how surprising this were, if the challenger were not better than the margin asks. */
  readonly p_value: number;
}

export interface PairedScores {
  readonly labels: Float64Array;
  readonly challenger: Float64Array;
  readonly champion: Float64Array;
}

/** `higher`: larger values of the metric are better. */
export type Direction = 'higher' | 'lower';

export interface Rule {
  readonly rule: 'superior' | 'non_inferior';
  readonly margin: number;
  readonly alpha: number;
  readonly direction: Direction;
}

/** The improvement that the challenger has to exceed: the margin, or minus it for non-inferiority. */
export const demanded = ({ rule, margin }: Rule) => (rule === 'superior' ? margin : -margin);

/** Whether the interval lies wholly on the better side of what the rule demands, and p agrees. */
export function wins(comparison: Comparison, rule: Rule): boolean {
  const [lower, upper] = comparison.interval;
  const bound = rule.direction === 'higher' ? lower : -upper;
  return bound > demanded(rule) && comparison.p_value < rule.alpha;
}
