import { onnxFlavor } from '../onnx/load-onnx.ts';
import { NATIVE_SCORERS } from '../scorers/index.ts';
import type { Flavor } from './load-model.ts';
import { requiredFile } from './load-model.ts';

/** What a model takes in memory for each byte of its JSON: the arrays that it is read into, and tables. */
const BYTES_OF_TEXT = 2;

/** One number per row: the probability of the positive class or the value of a regression. */
const numbers = Object.entries(NATIVE_SCORERS).map(([name, load]): [string, Flavor] => [
  name,
  {
    async load(path, { read }) {
      const file = await requiredFile(read, path);
      const scorer = load(file.toString('utf8'));
      const bytes = file.length * BYTES_OF_TEXT;
      return { predict: async (input) => Array.from(scorer.score(input)), bytes };
    },
  },
]);

/** The flavors that are scored in the function, first choice first. */
export const flavors: Readonly<Record<string, Flavor>> = {
  ...Object.fromEntries(numbers),
  onnx: onnxFlavor,
};
