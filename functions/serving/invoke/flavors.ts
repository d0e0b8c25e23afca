import { onnxFlavor } from '../onnx/load-onnx.ts';
import { NATIVE_SCORERS } from '../scorers/index.ts';
import type { Flavor } from './load-model.ts';
import { requiredFile } from './load-model.ts';

/** One number per row: the probability of the positive class or the value of a regression. */
const numbers = Object.entries(NATIVE_SCORERS).map(([name, load]): [string, Flavor] => [
  name,
  {
    async load(path, { read }) {
      const scorer = load((await requiredFile(read, path)).toString('utf8'));
      return { predict: async (input) => Array.from(scorer.score(input)) };
    },
  },
]);

/** The flavors that are scored in the function, first choice first. */
export const flavors: Readonly<Record<string, Flavor>> = {
  ...Object.fromEntries(numbers),
  onnx: onnxFlavor,
};
