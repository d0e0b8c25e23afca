import { normalQuantile } from '../../promotion/index.ts';

/**
 * Quantile of the chi-square distribution by Newton's method on the regularised incomplete gamma
 * function (series and continued fraction as in Abramowitz & Stegun 6.5.29 and 6.5.31).
 */
export function chiSquareQuantile(probability: number, degrees: number): number {
  const a = degrees / 2;
  // Wilson–Hilferty is close enough that Newton needs a few steps only.
  const z = normalQuantile(probability);
  const cube = 1 - 2 / (9 * degrees) + z * Math.sqrt(2 / (9 * degrees));
  let x = Math.max(degrees * cube ** 3, 1e-8);
  for (let step = 0; step < 50; step++) {
    const error = gammaP(a, x / 2) - probability;
    const density = Math.exp((a - 1) * Math.log(x / 2) - x / 2 - logGamma(a)) / 2;
    const next = Math.max(x - error / density, x / 10);
    if (Math.abs(next - x) <= 1e-12 * x) return next;
    x = next;
  }
  return x;
}

/** Regularised lower incomplete gamma function P(a, x). */
export function gammaP(a: number, x: number): number {
  if (x <= 0) return 0;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let total = term;
    for (let n = 1; n < 1000 && term > total * 1e-16; n++) {
      term *= x / (a + n);
      total += term;
    }
    return total * scale;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 1000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return 1 - scale * fraction;
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** Lanczos approximation with g = 7, good to 15 digits for positive arguments. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const y = x - 1;
  const series = LANCZOS.reduce((total, c, i) => total + c / (y + i + 1), 0.9999999999998099);
  const t = y + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(series);
}

/** Value that PSI stays below with probability 0.99 when nothing has changed. */
export function psiNoiseFloor(bins: number, reference: number, current: number): number {
  if (bins < 2 || reference === 0 || current === 0) return 0;
  return chiSquareQuantile(0.99, bins - 1) * (1 / reference + 1 / current);
}
