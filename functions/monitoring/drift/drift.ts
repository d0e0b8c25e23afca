/**
 * Distances between a reference and a current histogram over the same bins. Counts are exact and
 * add up, so the distance of a month is that of the sum of its days.
 */

/** Definition of the PSI that is computed here, printed beside every value. */
export const PSI_ID = 'psi.refq10.eps1e-4';

const EPSILON = 1e-4;

export interface Distances {
  readonly psi: number;
  readonly js_distance: number;
  /** Null for categories: they have no order. */
  readonly ks: number | null;
  readonly tv_distance: number;
  readonly l_infinity_distance: number;
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

/**
 * Population stability index Σ(q−p)·ln(q/p), natural logarithm, with shares smoothed as
 * (c+εN)/(N(1+εK)), ε = 1e-4. Zero when either side is empty.
 */
export function psi(reference: readonly number[], current: readonly number[]): number {
  if (sum(reference) === 0 || sum(current) === 0) return 0;
  const [p, q] = [smoothed(reference), smoothed(current)];
  return p.reduce((total, share, i) => {
    const other = q[i] ?? share;
    return total + (other - share) * Math.log(other / share);
  }, 0);
}

function smoothed(counts: readonly number[]): number[] {
  const n = sum(counts);
  return counts.map((count) => (count + EPSILON * n) / (n * (1 + EPSILON * counts.length)));
}

function shares(counts: readonly number[]): number[] {
  const n = sum(counts);
  return counts.map((count) => (n === 0 ? 0 : count / n));
}

/** Jensen–Shannon distance, base 2, unsmoothed: between 0 and 1. */
export function jsDistance(reference: readonly number[], current: readonly number[]): number {
  const [p, q] = [shares(reference), shares(current)];
  let divergence = 0;
  for (let i = 0; i < p.length; i++) {
    const [a, b] = [p[i] ?? 0, q[i] ?? 0];
    const middle = (a + b) / 2;
    if (a > 0) divergence += (a / 2) * Math.log2(a / middle);
    if (b > 0) divergence += (b / 2) * Math.log2(b / middle);
  }
  return Math.sqrt(Math.max(0, divergence));
}

/** Largest gap of the cumulative shares at the bins' edges; only for ordered bins. */
export function ksOnEdges(reference: readonly number[], current: readonly number[]): number {
  const [p, q] = [shares(reference), shares(current)];
  let [gap, largest] = [0, 0];
  for (let i = 0; i < p.length; i++) {
    gap += (p[i] ?? 0) - (q[i] ?? 0);
    largest = Math.max(largest, Math.abs(gap));
  }
  return largest;
}

const gaps = (reference: readonly number[], current: readonly number[]) => {
  const q = shares(current);
  return shares(reference).map((share, i) => Math.abs(share - (q[i] ?? 0)));
};

/** Total variation distance: half the sum of the gaps of the shares. */
export const tvDistance = (reference: readonly number[], current: readonly number[]): number =>
  sum(gaps(reference, current)) / 2;

/** The largest gap of a share. */
export const lInfinityDistance = (
  reference: readonly number[],
  current: readonly number[],
): number => Math.max(0, ...gaps(reference, current));
