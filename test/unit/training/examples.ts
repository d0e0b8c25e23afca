import type {
  FeatureColumn,
  NumericColumn,
  TextColumn,
} from '../../../lib/training/images/gbdt/data/columns.ts';
import { plainValues } from '../../../lib/training/images/gbdt/data/columns.ts';
import { randomStream } from '../../../lib/training/images/gbdt/random.ts';
import {
  boostStepwise,
  type Examples,
  type Progress,
  type Trained,
} from '../../../lib/training/images/gbdt/trees/boost.ts';
import {
  type BoostOptions,
  boostOptions,
} from '../../../lib/training/images/gbdt/trees/options.ts';

export const numbers = (name: string, values: Iterable<number>): NumericColumn => ({
  kind: 'numeric',
  name,
  boolean: false,
  values: Float64Array.from(values),
});

export function texts(name: string, values: readonly (string | null)[]): TextColumn {
  const dictionary = [...new Set(values.filter((value) => value !== null))];
  const codes = Int32Array.from(values, (v) => (v === null ? -1 : dictionary.indexOf(v)));
  return { kind: 'text', name, dictionary, codes };
}

export const options = (changes: Partial<BoostOptions> = {}): BoostOptions => ({
  ...boostOptions.parse({ early_stopping_rounds: 0, trees: 20, min_category_rows: 5 }),
  objective: 'binary',
  ...changes,
});

/** Boosts in one go. */
export function boost(
  train: Examples,
  valid: Examples | undefined,
  options: BoostOptions,
  onProgress: (progress: Progress) => void = () => undefined,
): Trained {
  const steps = boostStepwise(train, valid, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    onProgress(step.value);
  }
}

export const inputOf = (features: readonly FeatureColumn[], length: number) => ({
  length,
  columns: new Map(features.map((column) => [column.name, plainValues(column) as unknown[]])),
});

/** Rows whose label hangs on a number, its absence, an interaction and a category. */
export function noisyExamples(rows: number, seed: number): Examples {
  const random = randomStream(seed);
  const column = () => Float64Array.from({ length: rows }, () => random() * 2 - 1);
  const [a, b, c] = [column(), column(), column()];
  const city = Array.from({ length: rows }, () => Math.floor(random() * 12));
  const labels = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    if (random() < 0.2) a[i] = Number.NaN;
    const score = (Number.isNaN(a[i]!) ? 1 : a[i]! * 2) + b[i]! * c[i]! * 4 + (city[i]! % 3) - 1;
    labels[i] = random() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
  }
  const cities = city.map((code) => (code === 11 ? null : `city ${code}`));
  return {
    features: [numbers('a', a), numbers('b', b), numbers('c', c), texts('city', cities)],
    labels,
  };
}
