import { createHash } from 'node:crypto';
import type { FeatureLookup } from '../policies/index.ts';
import { invalid } from '../shared/errors.ts';
import { formatOf, parseRows, type Row } from './evaluation-rows.ts';
import { lookUpFeatures } from './look-up-features.ts';

/** Rows with known answers, the same for every model that is judged by them. */
export interface EvaluationSet {
  readonly rows: readonly Row[];
  readonly labels: Float64Array;
  /** SHA-256 of the file; with features from other files, of the digests of all. */
  readonly digest: string;
  readonly path: string;
}

export interface DataFile {
  readonly path: string;
  readonly format?: 'parquet' | 'csv' | undefined;
}

/** A table of features, and the content of its file. */
export interface FeatureTable {
  readonly lookup: FeatureLookup;
  readonly content: Buffer;
}

export async function evaluationSet(
  content: Buffer,
  source: DataFile & { readonly label: string },
  tables: readonly FeatureTable[] = [],
): Promise<EvaluationSet> {
  let all = await rowsOf(content, source);
  for (const { lookup, content: table } of tables) {
    all = lookUpFeatures(all, await rowsOf(table, lookup), lookup);
  }
  if (!all.some((row) => Object.hasOwn(row, source.label))) {
    throw invalid(`The evaluation data has no column '${source.label}'`);
  }
  const labels = Float64Array.from(all, (row, i) => numericLabel(row[source.label], i));
  const digests = [content, ...tables.map((table) => table.content)].map(sha256);
  const digest = digests.length > 1 ? sha256(Buffer.from(digests.join('\n'))) : digests[0];
  return { rows: all, labels, digest: `sha256:${digest}`, path: source.path };
}

const rowsOf = (content: Buffer, { path, format }: DataFile) =>
  parseRows(content, format ?? formatOf(path));

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

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
