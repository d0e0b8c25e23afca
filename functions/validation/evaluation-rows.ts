import { parquetReadObjects } from 'hyparquet';
import { parseCsv } from '../shared/csv.ts';
import { invalid } from '../shared/errors.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Rows of a Parquet or CSV file; whole numbers and times become what JSON requests hold. */
export async function parseRows(content: Buffer, format: 'parquet' | 'csv'): Promise<Row[]> {
  const rows = format === 'csv' ? csvRows(content.toString('utf8')) : await parseParquet(content);
  if (rows.length === 0) throw invalid('The evaluation data has no rows');
  return rows;
}

/** The format that a path's ending names; Parquet when it names none. */
export const formatOf = (path: string): 'parquet' | 'csv' =>
  path.toLowerCase().endsWith('.csv') ? 'csv' : 'parquet';

async function parseParquet(content: Buffer): Promise<Row[]> {
  const file = new Uint8Array(content).buffer;
  let rows: Record<string, unknown>[];
  try {
    rows = (await parquetReadObjects({ file })) as Record<string, unknown>[];
  } catch (error) {
    throw invalid(`The evaluation data is not readable as Parquet: ${(error as Error).message}`);
  }
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
  );
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  return value ?? null;
}

function csvRows(text: string): Row[] {
  const { columns, rows } = parseCsv(text);
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
}
