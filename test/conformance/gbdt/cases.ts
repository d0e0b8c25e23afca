import type { FeatureColumn } from '../../../lib/training/images/gbdt/data/columns.ts';
import { randomStream } from '../../../lib/training/images/gbdt/random.ts';
import type { Examples } from '../../../lib/training/images/gbdt/trees/boost.ts';

const NUMBERS = 17;
const CATEGORIES = [8, 40, 200];

/** Rows of 17 numbers (one of them missing in a tenth of the rows) and three categories; the label depends on some of them. */
export function generate(objective: 'binary' | 'regression', rows: number, seed: number): Examples {
  const random = randomStream(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const numbers = Array.from({ length: NUMBERS }, () =>
    Float64Array.from({ length: rows }, normal),
  );
  const codes = CATEGORIES.map((count) =>
    Int32Array.from({ length: rows }, () => Math.floor(random() * count)),
  );
  // The effects of categories are the same in every set of rows.
  const effects = CATEGORIES.map((count, c) => {
    const own = randomStream(1000 + c);
    return Float64Array.from({ length: count }, () => (own() - 0.5) * 2);
  });
  const labels = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = numbers.map((column) => column[row]);
    const isMissing = random() < 0.1;
    let score = 0.8 * a + Math.sin(2 * b) + 0.5 * c * e + (isMissing ? 0.5 : 0.3 * d) - 0.5;
    for (const [i, column] of codes.entries()) score += effects[i]?.[column[row] ?? 0] ?? 0;
    if (isMissing) (numbers[3] as Float64Array)[row] = Number.NaN;
    labels[row] =
      objective === 'regression' ? score + normal() : random() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
  }
  const features: FeatureColumn[] = numbers.map((values, i) => ({
    kind: 'numeric',
    name: `n${i}`,
    boolean: false,
    values,
  }));
  for (const [i, column] of codes.entries()) {
    const dictionary = Array.from({ length: CATEGORIES[i] ?? 0 }, (_, code) => `v${code}`);
    features.push({ kind: 'text', name: `c${i}`, dictionary, codes: column });
  }
  return { features, labels };
}
