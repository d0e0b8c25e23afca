import type { Direction } from './comparison.ts';
import { seededIntegers } from './random.ts';

const EXCHANGES = 1999;

/** Differences that rounding alone makes unequal count as equal. */
const ROUNDING = 1e-12;

/**
 * Exact test of two models on the same rows (Fisher's randomization test of pairs): if neither is the
 * better one, exchanging their scores in any rows changes nothing, so that the difference found is
 * just one of the many that exchanges make. The one-sided p-value counts it among them (Phipson and
 * Smyth, Statistical Applications in Genetics and Molecular Biology 9, 2010): it keeps to alpha
 * however few the rows.
 *
 * @param difference the metric's difference after the scores of the marked rows were exchanged
 */
export function exchangeP(
  difference: (exchanged: Uint8Array) => number,
  n: number,
  direction: Direction,
  seed: string,
): number {
  const sign = direction === 'higher' ? 1 : -1;
  const exchanged = new Uint8Array(n);
  const found = sign * difference(exchanged);
  const next = seededIntegers(`exchange:${seed}`);
  let asLarge = 1;
  for (let round = 0; round < EXCHANGES; round++) {
    for (let i = 0; i < n; i++) exchanged[i] = next(2);
    const value = sign * difference(exchanged);
    if (!(value < found - ROUNDING)) asLarge++;
  }
  return asLarge / (EXCHANGES + 1);
}
