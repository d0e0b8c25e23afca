import { normalQuantile, placements } from '../../promotion/index.ts';

/** An estimate with its two-sided interval; null where there is nothing to estimate from. */
export interface Estimate {
  readonly estimate: number;
  readonly interval: readonly [number, number];
}

const z = (alpha: number) => normalQuantile(1 - alpha / 2);

const around = (estimate: number, error: number, alpha: number): Estimate => ({
  estimate,
  interval: [estimate - z(alpha) * error, estimate + z(alpha) * error],
});

/** Wilson's score interval of a proportion (JASA 22, 1927). */
export function proportion(count: number, n: number, alpha: number): Estimate | null {
  if (n === 0) return null;
  const [p, q] = [count / n, z(alpha)];
  const center = (p + (q * q) / (2 * n)) / (1 + (q * q) / n);
  const half = (q * Math.sqrt((p * (1 - p)) / n + (q * q) / (4 * n * n))) / (1 + (q * q) / n);
  return { estimate: p, interval: [Math.max(0, center - half), Math.min(1, center + half)] };
}

/** Difference of two proportions, second less first: Newcombe's method 10 (Stat. Med. 17, 1998). */
export function differenceOfProportions(a: Estimate, b: Estimate): Estimate {
  const [la, ua] = a.interval;
  const [lb, ub] = b.interval;
  const difference = b.estimate - a.estimate;
  const low = Math.hypot(b.estimate - lb, ua - a.estimate);
  const high = Math.hypot(ub - b.estimate, a.estimate - la);
  return { estimate: difference, interval: [difference - low, difference + high] };
}

/** A value with its standard error, from many independent requests: the normal interval. */
export interface Measured {
  readonly value: number;
  readonly error: number;
}

export const interval = ({ value, error }: Measured, alpha: number): Estimate =>
  around(value, error, alpha);

export const difference = (a: Measured, b: Measured, alpha: number): Estimate =>
  around(b.value - a.value, Math.hypot(a.error, b.error), alpha);

export function mean(values: readonly number[]): Measured | null {
  const n = values.length;
  if (n < 2) return null;
  const value = values.reduce((sum, x) => sum + x, 0) / n;
  const squares = values.reduce((sum, x) => sum + (x - value) ** 2, 0);
  return { value, error: Math.sqrt(squares / (n - 1) / n) };
}

/** Σy / Σx of pairs, with the error of its linearization (Cochran, Sampling Techniques, 1977, 6.4). */
export function ratio(
  pairs: readonly { readonly y: number; readonly x: number }[],
): Measured | null {
  const n = pairs.length;
  const [sumY, sumX] = pairs.reduce(([y, x], pair) => [y + pair.y, x + pair.x], [0, 0]);
  if (n < 2 || sumX === 0) return null;
  const value = sumY / sumX;
  const squares = pairs.reduce((sum, { y, x }) => sum + (y - value * x) ** 2, 0);
  return { value, error: Math.sqrt(squares / (n - 1) / n) / (sumX / n) };
}

/** Area under the ROC curve with DeLong's error (Biometrics 44, 1988); null without both classes. */
export function area(scores: readonly number[], labels: readonly number[]): Measured | null {
  const positives = labels.filter((label) => label === 1).length;
  if (positives < 2 || labels.length - positives < 2) return null;
  const found = placements(Float64Array.from(labels), Float64Array.from(scores));
  const part = (values: Float64Array) => mean([...values])?.error ?? 0;
  return { value: found.auc, error: Math.hypot(part(found.positives), part(found.negatives)) };
}

/**
 * A quantile with the distribution-free interval between two order statistics (Hahn and Meeker,
 * Statistical Intervals, 1991, 5.2). Null when there are too few values for the level.
 */
export function quantile(
  sorted: readonly number[],
  p: number,
  alpha: number,
): { readonly estimate: number; readonly interval: readonly [number, number | null] } | null {
  const n = sorted.length;
  if (n === 0) return null;
  const estimate = sorted[Math.min(n - 1, Math.ceil(p * n) - 1)] ?? 0;
  const [low, high] = ranks(n, p, alpha);
  return {
    estimate,
    interval: [
      sorted[Math.max(0, low - 1)] ?? estimate,
      high > n ? null : (sorted[high - 1] ?? null),
    ],
  };
}

/** Ranks from 1 of the order statistics; the upper one may lie beyond n. */
export function ranks(n: number, p: number, alpha: number): [number, number] {
  let low = 0;
  let below = 0;
  let term = n * Math.log1p(-p);
  let high = n + 1;
  for (let k = 0; k <= n; k++) {
    // below = P(B < k), B binomial(n, p).
    if (below <= alpha / 2) low = k;
    if (1 - below <= alpha / 2) {
      high = k;
      break;
    }
    below += Math.exp(term);
    term += Math.log((n - k) / (k + 1)) + Math.log(p / (1 - p));
  }
  return [low, high];
}
