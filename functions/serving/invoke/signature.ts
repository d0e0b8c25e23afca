import { invalid } from '../../shared/errors.ts';
import { toEpochMs } from './event-time.ts';
import type { RequestTable } from './request-table.ts';

/** One named input of a model's signature, as MLflow writes it into `MLmodel`. */
export interface InputSpec {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

/** The columns that a model gets: equally long, one value per row. */
export interface InputColumns {
  readonly length: number;
  readonly columns: ReadonlyMap<string, readonly unknown[]>;
}

/** One input of a signature of tensors. */
export interface TensorSpec {
  /** Absent: the only input of the model. */
  readonly name?: string;
  /** -1 is any length. */
  readonly shape: readonly number[];
  /** As numpy calls it. */
  readonly dtype?: string;
}

/** Reads `signature.inputs` (JSON text) of tensors; undefined when it is one of columns. */
export function parseTensors(text: string): TensorSpec[] | undefined {
  const specs = JSON.parse(text) as {
    name?: string;
    type: string;
    'tensor-spec'?: { shape: number[]; dtype?: string };
  }[];
  if (specs.some(({ type }) => type !== 'tensor')) return undefined;
  return specs.map(({ name, 'tensor-spec': spec }) => ({
    shape: spec?.shape ?? [],
    ...(name !== undefined && { name }),
    ...(spec?.dtype !== undefined && { dtype: spec.dtype }),
  }));
}

/** Reads `signature.inputs` (JSON text). Throws for tensor signatures. */
export function parseInputs(text: string): InputSpec[] {
  const specs = JSON.parse(text) as { name?: string; type: string; required?: boolean }[];
  return specs.map(({ name, type, required }) => {
    if (type === 'tensor') throw invalid('tensor signatures are not served');
    if (name === undefined) throw invalid('every input of the signature needs a name');
    return { name, type, required: required ?? true };
  });
}

/**
 * Brings a request into the order and the types of the signature, by MLflow's rules: what is
 * missing or of another type is refused, columns that the model does not know are left out.
 */
export function enforceSignature(
  table: RequestTable,
  inputs: readonly InputSpec[] | undefined,
): InputColumns {
  const names = table.columns ?? inputs?.map(({ name }) => name);
  const width = table.rows[0]?.length ?? names?.length ?? 0;
  if (!names) throw invalid('The model has no signature; name the columns of the request');
  if (!table.columns && width !== names.length) {
    throw invalid(`The model takes ${names.length} inputs per row, not ${width}`);
  }
  const position = new Map(names.map((name, i) => [name, i]));
  const column = (index: number) => table.rows.map((row) => row[index]);
  const { length } = table.rows;
  if (!inputs) {
    return { length, columns: new Map([...position].map(([name, i]) => [name, column(i)])) };
  }
  if (length > 0) refuseMissing(inputs, position);
  const columns = new Map<string, readonly unknown[]>();
  for (const input of inputs) {
    const index = position.get(input.name);
    columns.set(input.name, index === undefined ? missing(length) : convert(column(index), input));
  }
  return { length, columns };
}

/** The same for columns that are there already: files are read by column. */
export function enforceColumns(
  given: InputColumns,
  inputs: readonly InputSpec[] | undefined,
): InputColumns {
  if (!inputs) return given;
  const { length } = given;
  if (length > 0) refuseMissing(inputs, given.columns);
  const columns = new Map<string, readonly unknown[]>();
  for (const input of inputs) {
    const values = given.columns.get(input.name);
    columns.set(input.name, values ? convert(values, input) : missing(length));
  }
  return { length, columns };
}

const missing = (length: number) => new Array<unknown>(length).fill(null);

function refuseMissing(inputs: readonly InputSpec[], given: ReadonlyMap<string, unknown>): void {
  const absent = inputs.filter(({ name, required }) => required && !given.has(name));
  if (absent.length === 0) return;
  const names = absent.map(({ name }) => `'${name}'`).join(', ');
  throw invalid(`Failed to enforce the model's schema: Model is missing inputs [${names}].`);
}

/** Checks a column in place, without a copy: a column of a file has 250,000 values. */
function convert(values: readonly unknown[], input: InputSpec): readonly unknown[] {
  const check = CHECKS[input.type];
  if (!check) return values;
  const mayMiss = !input.required || NULLABLE.has(input.type);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null || value === undefined) {
      if (mayMiss) continue;
      throw invalid(
        `Incompatible input types for column ${input.name}: ` +
          `row ${row} is missing, and a required ${input.type} cannot be missing`,
      );
    }
    if (check(value)) continue;
    throw invalid(
      `Incompatible input types for column ${input.name}. ` +
        `Can not safely convert ${describe(value)} (row ${row}) to ${input.type}.`,
    );
  }
  return values;
}

const NULLABLE = new Set(['double', 'float', 'string', 'datetime', 'binary']);

const isInteger = (limit: number) => (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= limit;
const isNumber = (value: unknown) => typeof value === 'number';
const isString = (value: unknown) => typeof value === 'string';

const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  double: isNumber,
  float: isNumber,
  integer: isInteger(2 ** 31),
  long: isInteger(Number.MAX_SAFE_INTEGER),
  boolean: (value) => typeof value === 'boolean',
  string: isString,
  binary: isString,
  datetime: (value) => toEpochMs(value) !== undefined,
};

const describe = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};
