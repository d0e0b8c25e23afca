import { loadGbdt } from '../scorers/gbdt.ts';
import type { FlavorLoader } from './load-model.ts';

/**
 * The flavors that are scored in the function, first choice first. `slipway.gbdt` answers with the
 * probability of the positive class, or with the value for a regression.
 */
export const flavors: Readonly<Record<string, FlavorLoader>> = {
  'slipway.gbdt': (data) => {
    const scorer = loadGbdt(data);
    return (input) => Array.from(scorer.score(input));
  },
};
