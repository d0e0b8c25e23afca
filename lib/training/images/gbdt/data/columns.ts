/** A column of numbers (booleans are 0 and 1); NaN is missing. */
export interface NumericColumn {
  readonly kind: 'numeric';
  readonly name: string;
  readonly boolean: boolean;
  readonly values: Float64Array;
}

/** A column of texts as codes into a dictionary; -1 is missing. */
export interface TextColumn {
  readonly kind: 'text';
  readonly name: string;
  readonly dictionary: readonly string[];
  readonly codes: Int32Array;
}

/** A column of times in epoch milliseconds; NaN is missing. */
interface TimeColumn {
  readonly kind: 'time';
  readonly name: string;
  readonly values: Float64Array;
}

export type Column = NumericColumn | TextColumn | TimeColumn;
export type FeatureColumn = NumericColumn | TextColumn;

export interface Table {
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** The rows at these positions. */
export function takeRows<T extends Column>(column: T, positions: Uint32Array): T {
  if (column.kind === 'text') {
    return { ...column, codes: Int32Array.from(positions, (row) => column.codes[row] ?? -1) };
  }
  const values = Float64Array.from(positions, (row) => column.values[row] ?? Number.NaN);
  return { ...column, values };
}

/** The values as a JSON request or a Parquet file holds them. */
export function plainValues(column: Column): (number | string | boolean | Date | null)[] {
  if (column.kind === 'text') {
    return Array.from(column.codes, (code) => column.dictionary[code] ?? null);
  }
  return Array.from(column.values, (value) => {
    if (Number.isNaN(value)) return null;
    if (column.kind === 'time') return new Date(value);
    return column.boolean ? value === 1 : value;
  });
}

/** Number of missing values. */
export function missingCount(column: Column): number {
  let missing = 0;
  if (column.kind === 'text') {
    for (const code of column.codes) if (code < 0) missing++;
  } else {
    for (const value of column.values) if (Number.isNaN(value)) missing++;
  }
  return missing;
}
