import { loadGbdt } from './gbdt.ts';
import type { Scorer } from './input.ts';
import { loadLinear } from './linear.ts';

/** Loaders of the native flavors, by the flavor's name in `MLmodel`; each takes the flavor's data file. */
export const NATIVE_SCORERS: Readonly<Record<string, (data: string) => Scorer>> = {
  'slipway.gbdt': loadGbdt,
  'slipway.linear': loadLinear,
};
