import { invalid } from './errors.ts';

/** A table as text has it: names, and the values of each row in their order. */
export interface CsvTable {
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
  let columns: readonly string[] | undefined;
  const rows: unknown[][] = [];
  for (const { fields, start } of records(text)) {
    if (!columns) {
      columns = fields;
      const repeated = fields.find((name, i) => fields.indexOf(name) !== i);
      if (repeated !== undefined) throw invalid(`The CSV has two columns '${repeated}'`);
    } else if (fields.length === columns.length) {
      rows.push(fields.map(toValue));
    } else {
      const values = `${fields.length} values, not ${columns.length}`;
      throw invalid(`Line ${lineAt(text, start)} of the CSV has ${values}`);
    }
  }
  if (!columns) throw invalid('The CSV has no line of column names');
  return { columns, rows };
}

/** Fields in double quotes may hold separators, line ends, and quotes twice. */
function* records(text: string): Generator<{ fields: string[]; start: number }> {
  const field = /("[^"]*(?:""[^"]*)*"|[^",\r\n]*)(,|\r?\n|$)/gy;
  // Spreadsheets begin a file with a byte order mark.
  field.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  let fields: string[] = [];
  let start = field.lastIndex;
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const match = field.exec(text);
    if (!match) throw invalid(`Line ${lineAt(text, at)} of the CSV cannot be read: a stray quote`);
    const [, raw = '', separator] = match;
    fields.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (separator === ',' && field.lastIndex < text.length) continue;
    if (separator === ',') fields.push('');
    // A quoted nothing is a missing value; pandas writes a lone one so.
    if (fields.length > 1 || raw !== '') yield { fields, start };
    fields = [];
    start = field.lastIndex;
  }
}

const lineAt = (text: string, index: number) => text.slice(0, index).split('\n').length;

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
