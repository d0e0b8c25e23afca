import { parse } from 'csv-parse/sync';
import { invalid } from './errors.ts';

/** A table as text has it: names, and the values of each row in their order. */
interface CsvTable {
  readonly columns: readonly string[];
  /** Numbers, booleans, texts, and null for what is missing. */
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * A table in CSV with a line of column names, as `pandas.DataFrame.to_csv(index=False)` writes it: RFC
 * 4180 with either line ending. As in pandas' `read_csv`, an empty value and NaN are missing, what reads
 * as a number or a boolean is one, quoted or not, and a line without anything on it is none.
 * Throws INVALID_PARAMETER_VALUE with the line.
 */
export function parseCsv(text: string): CsvTable {
  const [columns, ...rows] = checkedRecords(text);
  if (!columns) throw invalid('The CSV has no line of column names');
  const repeated = columns.find((name, i) => columns.indexOf(name) !== i);
  if (repeated !== undefined) throw invalid(`The CSV has two columns '${repeated}'`);
  return { columns, rows: rows.map((fields) => fields.map(toValue)) };
}

function checkedRecords(text: string): string[][] {
  try {
    return csvRecords(text);
  } catch (error) {
    throw invalid(`The CSV cannot be read: ${(error as Error).message}`);
  }
}

/** Fields of each line that has any (RFC 4180). Throws what is wrong with the text, with the line. */
export const csvRecords = (text: string): string[][] =>
  parse(text, {
    // Spreadsheets begin a file with a byte order mark.
    bom: true,
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
  });

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function toValue(text: string): unknown {
  switch (text) {
    case '':
    case 'NaN':
    case 'nan':
      return null;
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
    default:
      return NUMBER.test(text) ? Number(text) : text;
  }
}
