import { createHash } from 'node:crypto';
import { invalid } from '../shared/errors.ts';
import { formatOf, parseRows, type Row } from './evaluation-rows.ts';

/** Rows with known answers, the same for every model that is judged by them. */
export interface EvaluationSet {
  readonly rows: readonly Row[];
  readonly labels: Float64Array;
  /** SHA-256 of the file. */
  readonly digest: string;
  readonly path: string;
}

export async function evaluationSet(
  content: Buffer,
  source: {
    readonly path: string;
    readonly format?: 'parquet' | 'csv' | undefined;
    readonly label: string;
  },
): Promise<EvaluationSet> {
  const all = await parseRows(content, source.format ?? formatOf(source.path));
  if (!all.some((row) => Object.hasOwn(row, source.label))) {
    throw invalid(`The evaluation data has no column '${source.label}'`);
  }
  const labels = Float64Array.from(all, (row, i) => numericLabel(row[source.label], i));
  const digest = createHash('sha256').update(content).digest('hex');
  return { rows: all, labels, digest: `sha256:${digest}`, path: source.path };
}

function numericLabel(value: unknown, index: number): number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalid(`Row ${index} of the evaluation data has the label ${JSON.stringify(value)}`);
}

/** Labels of classes must be 0 or 1, and both have to be there. */
export function requireClasses(labels: Float64Array): void {
  const other = labels.find((label) => label !== 0 && label !== 1);
  if (other !== undefined) throw invalid(`The label ${other} is neither 0 nor 1`);
  if (!hasClasses(labels)) throw invalid('The rows have only one of the two classes');
}

export const hasClasses = (labels: Float64Array) => labels.includes(0) && labels.includes(1);

/** The rows at these positions, with their labels and scores. */
export function pick(values: Float64Array, positions: readonly number[]): Float64Array {
  return Float64Array.from(positions, (position) => values[position] ?? Number.NaN);
}

/** Scores that stand in a column of the data: a heuristic's. */
export function columnScores({ rows }: EvaluationSet, column: string): Float64Array {
  return Float64Array.from(rows, (row, i) => {
    const score = row[column];
    if (typeof score === 'number' && Number.isFinite(score)) return score;
    throw invalid(`Row ${i} of '${column}' is ${JSON.stringify(score)}, not a score`);
  });
}
