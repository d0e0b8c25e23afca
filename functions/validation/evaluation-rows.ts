import { parquetReadObjects } from 'hyparquet';
import { invalid } from '../shared/errors.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Rows of a Parquet or CSV file; whole numbers and times become what JSON requests hold. */
export async function parseRows(content: Buffer, format: 'parquet' | 'csv'): Promise<Row[]> {
  const rows = format === 'csv' ? parseCsv(content.toString('utf8')) : await parseParquet(content);
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

/** RFC 4180 with a header line; numbers are numbers, empty fields are missing. */
export function parseCsv(text: string): Row[] {
  const [header, ...lines] = csvRecords(text);
  if (!header) throw invalid('The evaluation data has no header line');
  return lines.map((fields, index) => {
    if (fields.length !== header.length) {
      throw invalid(
        `Line ${index + 2} of the evaluation data has ${fields.length} fields, not ${header.length}`,
      );
    }
    return Object.fromEntries(header.map((name, i) => [name, scalar(fields[i] ?? '')]));
  });
}

function scalar(field: string): unknown {
  if (field === '') return null;
  const number = Number(field);
  if (field.trim() !== '' && Number.isFinite(number)) return number;
  if (/^(true|false)$/i.test(field)) return field.toLowerCase() === 'true';
  return field;
}

function csvRecords(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  const token = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) throw invalid('The evaluation data is not valid CSV: a stray quote');
    record.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'));
    if (match[3] !== ',') {
      records.push(record);
      record = [];
    } else if (token.lastIndex === text.length) {
      record.push('');
      records.push(record);
    }
  }
  return records;
}
