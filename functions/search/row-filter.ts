import { invalid } from '../shared/errors.ts';
import type { Literal } from './comparison.ts';
import { holds } from './evaluate.ts';
import { parseStrictFilter } from './strict-parser.ts';

/**
 * A filter over plain columns, such as a slice's `distance > 2000 AND origin = 'ATL'`. Throws
 * INVALID_PARAMETER_VALUE for text that is no filter.
 */
export function compileRowFilter(
  text: string,
): (row: Readonly<Record<string, unknown>>) => boolean {
  const comparisons = parseStrictFilter(text);
  if (comparisons.length === 0) throw invalid('A slice needs at least one condition');
  return (row) =>
    comparisons.every((comparison) => {
      const { entity, key } = comparison;
      const column = entity === undefined ? key : `${entity}.${key}`;
      return holds(comparison, plain(Object.hasOwn(row, column) ? row[column] : undefined));
    });
}

/** Booleans are compared by name, everything else as it is; NaN is a missing value. */
function plain(value: unknown): Literal | null {
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return Number(value);
  return value === null || value === undefined ? null : String(value);
}
