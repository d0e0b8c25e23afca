import { invalid } from '../../shared/errors.ts';

/** The rows of a request. `columns` is undefined when the rows are positional. */
export interface RequestTable {
  readonly columns?: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

const INPUT_FORMATS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the four input formats of MLflow's scoring protocol. Throws INVALID_PARAMETER_VALUE. */
export function toRequestTable(body: unknown): RequestTable {
  const { format, value } = inputFormatOf(body);
  switch (format) {
    case 'dataframe_split':
      return fromSplit(value);
    case 'dataframe_records':
      return fromRecords(value, format);
    case 'inputs':
      return isRecord(value) ? fromColumns(value) : fromRows(value, format);
    default:
      return fromRows(value, format);
  }
}

/** The one input format of a request, and what stands under it. Throws INVALID_PARAMETER_VALUE. */
export function inputFormatOf(body: unknown): { format: string; value: unknown } {
  if (!isRecord(body)) throw invalid('The request must be a JSON object');
  const given = INPUT_FORMATS.filter((format) => Object.hasOwn(body, format));
  if (given.length !== 1) {
    throw invalid(
      `The request must have exactly one of ${INPUT_FORMATS.join(', ')}; it has ` +
        (given.length === 0 ? 'none' : given.join(' and ')),
    );
  }
  const [format = ''] = given;
  return { format, value: body[format] };
}

function fromSplit(value: unknown): RequestTable {
  if (!isRecord(value)) throw invalid('dataframe_split must be an object with columns and data');
  const { data } = value;
  if (!Array.isArray(data)) throw invalid('dataframe_split.data must be an array of rows');
  const columns = value.columns === undefined ? undefined : namesOf(value.columns);
  const width = columns?.length ?? (Array.isArray(data[0]) ? data[0].length : 0);
  const rows = data.map((row: unknown, i) => {
    if (!Array.isArray(row) || row.length !== width) {
      throw invalid(`dataframe_split.data[${i}] must be an array of ${width} values`);
    }
    return row as unknown[];
  });
  return columns ? { columns, rows } : { rows };
}

/** Columns of a data frame that was given no names are numbered. */
function namesOf(columns: unknown): string[] {
  const names = Array.isArray(columns)
    ? columns.map((name) => (Number.isSafeInteger(name) ? String(name) : name))
    : [undefined];
  if (!names.every((name) => typeof name === 'string') || new Set(names).size < names.length) {
    throw invalid('dataframe_split.columns must be an array of distinct names');
  }
  return names;
}

function fromRecords(value: unknown, format: string): RequestTable {
  if (!Array.isArray(value)) throw invalid(`${format} must be an array of records`);
  const columns = new Map<string, number>();
  for (const [i, record] of value.entries()) {
    if (!isRecord(record)) throw invalid(`${format}[${i}] must be a record`);
    for (const name of Object.keys(record)) {
      if (!columns.has(name)) columns.set(name, columns.size);
    }
  }
  const names = [...columns.keys()];
  const rows = (value as Record<string, unknown>[]).map((record) =>
    names.map((name) => (Object.hasOwn(record, name) ? record[name] : null)),
  );
  return { columns: names, rows };
}

function fromRows(value: unknown, format: string): RequestTable {
  if (!Array.isArray(value)) throw invalid(`${format} must be an array`);
  if (value.some(isRecord)) return fromRecords(value, format);
  if (!value.some(Array.isArray)) return { rows: value.map((scalar: unknown) => [scalar]) };
  const width = (value.find(Array.isArray) as unknown[]).length;
  const rows = value.map((row: unknown, i) => {
    if (!Array.isArray(row) || row.length !== width) {
      throw invalid(`${format}[${i}] must be an array of ${width} values`);
    }
    return row as unknown[];
  });
  return { rows };
}

function fromColumns(value: Record<string, unknown>): RequestTable {
  const columns = Object.keys(value);
  const values = columns.map((name) => {
    const column = value[name];
    if (!Array.isArray(column)) throw invalid(`inputs.${name} must be an array of values`);
    return column as unknown[];
  });
  const length = values[0]?.length ?? 0;
  const uneven = columns.find((_, i) => values[i]?.length !== length);
  if (uneven !== undefined) throw invalid(`inputs.${uneven} must have ${length} values`);
  const rows = Array.from({ length }, (_, i) => values.map((column) => column[i]));
  return { columns, rows };
}
