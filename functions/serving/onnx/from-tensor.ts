import type { Tensor } from 'onnxruntime-web';
import { invalid } from '../../shared/errors.ts';
import type { ClassTable } from './model-file.ts';

/** An output as JSON holds it: its elements in order, each a row of a table if it is one of classes. */
export interface OnnxOutput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly unknown[];
}

export function toOutput(name: string, tensor: Tensor, table: ClassTable | undefined): OnnxOutput {
  const values = elementsOf(tensor);
  if (!table) return { name, shape: tensor.dims, values };
  const { classes } = table;
  const length = tensor.dims.length < 2 ? 1 : (tensor.dims[0] ?? 0);
  if (values.length !== length * classes.length) {
    throw invalid(`Output '${name}' has not one value for each of ${classes.length} classes`);
  }
  const rows = Array.from({ length }, (_, row) =>
    Object.fromEntries(classes.map((one, i) => [one, values[row * classes.length + i]])),
  );
  return { name, shape: [length], values: rows };
}

function elementsOf({ type, data }: Tensor): unknown[] {
  const values = Array.from(data as ArrayLike<unknown>);
  if (type === 'bool') return values.map(Boolean);
  if (type === 'int64' || type === 'uint64') return values.map(Number);
  return values;
}

/** Nested arrays; the element itself when there are no dimensions. */
export function nest({ shape, values }: OnnxOutput): unknown {
  if (shape.length === 0) return values[0];
  return shape
    .slice(1)
    .reduceRight((inner: readonly unknown[], length) => chunks(inner, length), values);
}

function chunks(values: readonly unknown[], length: number): unknown[][] {
  const count = length === 0 ? 0 : values.length / length;
  return Array.from({ length: count }, (_, i) => values.slice(i * length, (i + 1) * length));
}

/**
 * A record per row of what answers a data frame. MLflow makes a column of the elements of each output,
 * whatever its shape, and refuses outputs with different numbers of them. Here those make columns by row.
 */
export function toRecords(outputs: readonly OnnxOutput[], rows: number): Record<string, unknown>[] {
  const lengths = new Set(outputs.map(({ values }) => values.length));
  const [length = 0] = lengths;
  return lengths.size === 1 ? records(outputs, length) : toRows(outputs, rows);
}

/** One record per row of the input; what an output has more than one of in a row is an array. */
export function toRows(outputs: readonly OnnxOutput[], rows: number): Record<string, unknown>[] {
  const columns = outputs.map((output) => {
    if (output.values.length === rows) return output;
    if (output.shape[0] === rows) return { ...output, values: nest(output) as unknown[] };
    throw invalid(
      `Output '${output.name}' of shape [${output.shape}] has no value for each of ${rows} rows`,
    );
  });
  return records(columns, rows);
}

const records = (columns: readonly OnnxOutput[], length: number) =>
  Array.from({ length }, (_, row) =>
    Object.fromEntries(columns.map(({ name, values }) => [name, values[row]])),
  );
