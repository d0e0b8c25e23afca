import { invalid } from '../../shared/errors.ts';
import type { RequestTable } from './request-table.ts';

/**
 * A table in CSV with a line of column names, as `pandas.DataFrame.to_csv(index=False)` writes it.
 * As in pandas, an empty value is missing, and what reads as a number is one.
 * Throws INVALID_PARAMETER_VALUE.
 */
export function fromCsv(text: string): RequestTable {
  const [columns, ...lines] = records(text);
  if (!columns) throw invalid('The CSV has no line of column names');
  const rows = lines.map((line, i) => {
    if (line.length !== columns.length) {
      throw invalid(`Line ${i + 2} of the CSV must have ${columns.length} values`);
    }
    return line.map(toValue);
  });
  return { columns, rows };
}

/** RFC 4180: fields in double quotes may hold separators, and quotes twice. */
function records(text: string): string[][] {
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/gy;
  const found: string[][] = [];
  let record: string[] = [];
  while (field.lastIndex < text.length) {
    const start = field.lastIndex;
    const match = field.exec(text);
    if (!match) throw invalid(`The CSV cannot be read from character ${start} on`);
    const [, raw = '', separator] = match;
    record.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (separator === ',' && field.lastIndex < text.length) continue;
    if (separator === ',') record.push('');
    // A line without anything on it is none.
    if (record.length > 1 || record[0] !== '') found.push(record);
    record = [];
  }
  return found;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function toValue(text: string): unknown {
  if (text === '' || text === 'NaN') return null;
  if (text === 'True' || text === 'False') return text === 'True';
  return NUMBER.test(text) ? Number(text) : text;
}
