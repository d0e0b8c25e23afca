import { NATIVE_SCORERS } from '../scorers/index.ts';
import type { FlavorLoader } from './load-model.ts';

/**
 * The flavors that are scored in the function, first choice first: one number per row, the
 * probability of the positive class or the value of a regression.
 */
export const flavors: Readonly<Record<string, FlavorLoader>> = Object.fromEntries(
  Object.entries(NATIVE_SCORERS).map(([flavor, load]): [string, FlavorLoader] => [
    flavor,
    (data) => {
      const scorer = load(data);
      return (input) => Array.from(scorer.score(input));
    },
  ]),
);
