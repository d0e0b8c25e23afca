/** Below this the series converges fast and without cancellation, above it the fraction does. */
const SERIES_LIMIT = 3;

/** P(Z ≤ x) of the standard normal distribution, relative error below 1e-13 (DLMF 7.6.2, 7.9.2). */
export function normalCdf(x: number): number {
  return x > 0 ? 1 - upperTail(x) : upperTail(-x);
}

/** P(Z > x) without the cancellation of `1 - normalCdf(x)`. */
export function normalSurvival(x: number): number {
  return x > 0 ? upperTail(x) : 1 - upperTail(-x);
}

const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

function upperTail(x: number): number {
  if (x < SERIES_LIMIT) {
    let term = x;
    let sum = x;
    for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
      term *= (x * x) / (2 * k + 1);
      sum += term;
    }
    return 0.5 - density(x) * sum;
  }
  let fraction = x;
  for (let k = 120; k > 0; k--) fraction = x + k / fraction;
  return density(x) / fraction;
}

/** The x with P(Z ≤ x) = p: Newton steps from a logistic guess, to the last digits. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1))
    throw new RangeError(`A probability between 0 and 1 was expected, got ${p}`);
  if (p === 0.5) return 0;
  if (p > 0.5) return -normalQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  let x = -(t - (2.30753 + 0.27061 * t) / (1 + t * (0.99229 + t * 0.04481)));
  for (let step = 0; step < 4; step++) {
    const error = (normalCdf(x) - p) / density(x);
    x -= error / (1 + (x * error) / 2);
  }
  return x;
}
