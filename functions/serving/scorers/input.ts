import { invalid } from '../../shared/errors.ts';

/** Equally long columns, one value per row: what every scorer takes. */
export interface ScorerInput {
  readonly length: number;
  readonly columns: ReadonlyMap<string, readonly unknown[]>;
}

/** A loaded model: one number per row, a probability for classifiers and a value for regressors. */
export interface Scorer {
  /** Throws INVALID_PARAMETER_VALUE when a column is absent or holds what it cannot hold. */
  score(input: ScorerInput): Float64Array;
}

/** The values of a feature. Throws when the input has no such column. */
export function columnOf(input: ScorerInput, name: string): readonly unknown[] {
  const values = input.columns.get(name);
  if (!values) throw invalid(`The input has no column '${name}'`);
  return values;
}

/** A number in single precision, as models are trained on; booleans are 0 and 1, null is missing (NaN). */
export function toFeature(value: unknown, name: string): number {
  if (typeof value === 'number') return Math.fround(value);
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value === 'boolean') return value ? 1 : 0;
  throw invalid(`Column '${name}' takes numbers, not ${JSON.stringify(value)}`);
}

/** Text of a category; undefined when the value is missing. The empty text counts as missing. */
export function toCategory(value: unknown, name: string): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') {
    return Number.isNaN(value) ? undefined : String(value);
  }
  throw invalid(`Column '${name}' takes texts, not ${JSON.stringify(value)}`);
}

/** The logistic function: probability of a raw score in log-odds. */
export const sigmoid = (raw: number): number => 1 / (1 + Math.exp(-raw));
