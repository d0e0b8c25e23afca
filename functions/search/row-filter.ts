import { invalid } from '../shared/errors.ts';
import type { Comparison, Literal } from './comparison.ts';
import { holds } from './evaluate.ts';
import { parseStrictFilter } from './strict-parser.ts';

type Row = Readonly<Record<string, unknown>>;

const columnOf = ({ entity, key }: Comparison) => (entity === undefined ? key : `${entity}.${key}`);

/**
 * A filter over plain columns, such as a slice's `distance > 2000 AND origin = 'ATL'`. Throws
 * INVALID_PARAMETER_VALUE for text that is no filter.
 */
export function compileRowFilter(text: string): (row: Row) => boolean {
  const comparisons = parseStrictFilter(text);
  if (comparisons.length === 0) throw invalid('A slice needs at least one condition');
  return (row) =>
    comparisons.every((comparison) => {
      const column = columnOf(comparison);
      return holds(comparison, plain(Object.hasOwn(row, column) ? row[column] : undefined));
    });
}

/**
 * Where the rows are that a filter takes. Throws INVALID_PARAMETER_VALUE as `compileRowFilter`, and when
 * no row has a column that the filter names: misspelt, it would take none without a word.
 */
export function positionsWhere(text: string, rows: readonly Row[]): number[] {
  const matches = compileRowFilter(text);
  for (const comparison of parseStrictFilter(text)) requireColumn(columnOf(comparison), rows);
  return rows.flatMap((row, i) => (matches(row) ? [i] : []));
}

/** Throws INVALID_PARAMETER_VALUE when there are rows and none has the column. */
export function requireColumn(column: string, rows: readonly Row[]): void {
  if (rows.length === 0 || rows.some((row) => Object.hasOwn(row, column))) return;
  const there = Object.keys(rows[0] ?? {}).join(', ');
  throw invalid(`The rows have no column '${column}'; they have ${there}`);
}

/** Booleans are compared by name, everything else as it is; NaN is a missing value. */
function plain(value: unknown): Literal | null {
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return Number(value);
  return value === null || value === undefined ? null : String(value);
}
