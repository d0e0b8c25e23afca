import { normalQuantile } from '../../promotion/index.ts';

export interface Aim {
  /** Smallest difference that is to be found. */
  readonly effect: number;
  /** Two-sided. */
  readonly alpha: number;
  readonly power: number;
}

const deviations = ({ alpha, power }: Aim) =>
  [normalQuantile(1 - alpha / 2), normalQuantile(power)] as const;

/**
 * Requests of each arm that find a difference of two proportions (Fleiss, Levin and Paik, Statistical
 * Methods for Rates and Proportions, 2003, 4.14, without continuity correction; R's power.prop.test).
 */
export function forProportions(baseline: number, aim: Aim): number {
  const other = baseline + (baseline + aim.effect < 1 ? aim.effect : -aim.effect);
  const pooled = (baseline + other) / 2;
  const [za, zb] = deviations(aim);
  const root =
    za * Math.sqrt(2 * pooled * (1 - pooled)) +
    zb * Math.sqrt(baseline * (1 - baseline) + other * (1 - other));
  return Math.ceil((root / aim.effect) ** 2);
}

/** Requests of each arm for any mean; `variance` is that of one request in either arm. */
export function forMeans(variance: { readonly a: number; readonly b: number }, aim: Aim): number {
  const [za, zb] = deviations(aim);
  return Math.ceil(((za + zb) / aim.effect) ** 2 * (variance.a + variance.b));
}
