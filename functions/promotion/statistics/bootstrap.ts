import { type Comparison, demanded, type Rule } from './comparison.ts';
import { exchangeP } from './exchange.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { seededIntegers } from './random.ts';

/** A metric over all rows, each counted as often as its weight says. */
export type WeightedMetric = (weights: Float64Array) => number;

interface BootstrapInput {
  readonly n: number;
  readonly challenger: WeightedMetric;
  readonly champion: WeightedMetric;
  /** Makes the draws reproducible. */
  readonly seed: string;
  /** The difference after the scores of the marked rows were exchanged. */
  readonly exchanged?: (rows: Uint8Array) => number;
}

const REPLICATES = 2000;

/** On more rows the interval keeps to alpha by itself, and exchanges would take long. */
const MAX_EXCHANGED = 2000;

/** Groups of the jackknife behind the acceleration; leaving out single rows would cost n metrics. */
const JACKKNIFE_GROUPS = 100;

/**
 * Paired bootstrap of the difference of any metric: rows are drawn with both scores. The interval is
 * bias-corrected and accelerated (Efron, JASA 82, 1987), the p-value is where its bound crosses what
 * the rule demands. On few rows such intervals are somewhat too narrow: where the rule demands any
 * improvement at all, a p-value below alpha is not below that of the exact test by exchanges.
 */
export function bootstrap(input: BootstrapInput, rule: Rule): Comparison {
  const { n } = input;
  const difference = (weights: Float64Array) => input.challenger(weights) - input.champion(weights);
  const ones = new Float64Array(n).fill(1);
  const challenger = input.challenger(ones);
  const champion = input.champion(ones);
  const estimate = challenger - champion;
  const replicates = resample(n, difference, input.seed);
  const bias = biasOf(replicates, estimate);
  const acceleration = accelerationOf(n, difference);
  const quantile = (level: number) => {
    const z = bias + normalQuantile(level);
    return at(replicates, normalCdf(bias + z / (1 - acceleration * z)));
  };
  const p = pValue(replicates, bias, acceleration, rule);
  const doubtful = p < rule.alpha && n <= MAX_EXCHANGED && demanded(rule) === 0;
  const exact =
    doubtful && input.exchanged ? exchangeP(input.exchanged, n, rule.direction, input.seed) : 0;
  return {
    test: 'bootstrap',
    n,
    challenger,
    champion,
    estimate,
    interval: [quantile(rule.alpha), quantile(1 - rule.alpha)],
    confidence: 1 - 2 * rule.alpha,
    p_value: Math.max(p, exact),
  };
}

/** Sorted differences; a draw without one of the classes has none and is drawn again. */
export function resample(n: number, difference: WeightedMetric, seed: string): Float64Array {
  const next = seededIntegers(seed);
  const weights = new Float64Array(n);
  const found: number[] = [];
  for (let draw = 0; found.length < REPLICATES; draw++) {
    if (draw > 2 * REPLICATES) throw new RangeError('Too few rows of one class to compare models');
    weights.fill(0);
    for (let i = 0; i < n; i++) {
      const row = next(n);
      weights[row] = (weights[row] ?? 0) + 1;
    }
    const value = difference(weights);
    if (Number.isFinite(value)) found.push(value);
  }
  return Float64Array.from(found).sort();
}

const below = (sorted: Float64Array, value: number) => {
  const less = sorted.findIndex((x) => x >= value);
  const more = sorted.findIndex((x) => x > value);
  const from = less < 0 ? sorted.length : less;
  const to = more < 0 ? sorted.length : more;
  return (from + to) / 2;
};

/** Share of replicates below a value (ties half), kept off 0 and 1. */
const share = (sorted: Float64Array, value: number) => {
  const edge = 0.5 / (sorted.length + 1);
  return Math.min(Math.max(below(sorted, value) / sorted.length, edge), 1 - edge);
};

const biasOf = (sorted: Float64Array, estimate: number) => normalQuantile(share(sorted, estimate));

function accelerationOf(n: number, difference: WeightedMetric): number {
  const groups = Math.min(JACKKNIFE_GROUPS, n);
  const values: number[] = [];
  const weights = new Float64Array(n);
  for (let group = 0; group < groups; group++) {
    for (let i = 0; i < n; i++) weights[i] = i % groups === group ? 0 : 1;
    const value = difference(weights);
    if (Number.isFinite(value)) values.push(value);
  }
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const squares = values.reduce((sum, x) => sum + (mean - x) ** 2, 0);
  const cubes = values.reduce((sum, x) => sum + (mean - x) ** 3, 0);
  return squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
}

/** Quantile by linear interpolation. */
function at(sorted: Float64Array, level: number): number {
  const position = Math.min(Math.max(level, 0), 1) * (sorted.length - 1);
  const low = Math.floor(position);
  const a = sorted[low] ?? 0;
  const b = sorted[Math.min(low + 1, sorted.length - 1)] ?? a;
  return a + (b - a) * (position - low);
}

/** The smallest alpha whose one-sided bound would still exclude what the rule demands. */
function pValue(sorted: Float64Array, bias: number, acceleration: number, rule: Rule): number {
  const bar = rule.direction === 'higher' ? demanded(rule) : -demanded(rule);
  const w = normalQuantile(share(sorted, bar)) - bias;
  const level = normalCdf(w / (1 + acceleration * w) - bias);
  return rule.direction === 'higher' ? level : 1 - level;
}
