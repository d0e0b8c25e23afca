import type { Tensor } from 'onnxruntime-web';
import { invalid } from '../../shared/errors.ts';
import type { InputColumns, TensorSpec } from '../invoke/signature.ts';
import type { OnnxRuntime } from './runtime.ts';
import { flatten, type OnnxInput, toTensor } from './to-tensor.ts';

export type Feeds = Readonly<Record<string, Tensor>>;

/**
 * Columns as MLflow gives them to an ONNX model: one input takes all columns as a matrix, of several
 * each takes the column of its name.
 */
export function feedsOfColumns(
  runtime: OnnxRuntime,
  inputs: readonly OnnxInput[],
  { length, columns }: InputColumns,
): Feeds {
  const [only, ...others] = inputs;
  if (only && others.length === 0) {
    const lists = [...columns.values()];
    const values = Array.from({ length }, (_, row) => lists.map((list) => list[row])).flat();
    return { [only.name]: toTensor(runtime, only, values, [length, lists.length]) };
  }
  return Object.fromEntries(
    inputs.map((input) => {
      const values = columns.get(input.name);
      if (!values) throw invalid(`The input '${input.name}' of the model is missing`);
      return [input.name, toTensor(runtime, input, values, [length])];
    }),
  );
}

/** Columns for a signature of tensors: numbers, or arrays that each make a row of the tensor. */
export function feedsOfTensorColumns(
  runtime: OnnxRuntime,
  inputs: readonly OnnxInput[],
  specs: readonly TensorSpec[],
  { length, columns }: InputColumns,
): Feeds {
  const lists = [...columns.values()];
  const [spec] = specs;
  if (spec?.name === undefined && lists.length > 1) {
    const rows = Array.from({ length }, (_, row) => lists.map((list) => list[row]));
    return feedsOfTensors(runtime, inputs, specs, rows);
  }
  return Object.fromEntries(
    specs.map((one) => {
      const values = one.name === undefined ? lists[0] : columns.get(one.name);
      if (!values) throw missing(one.name ?? '');
      const name = one.name ?? nameOfOnly(inputs);
      const shape = [length, ...one.shape.slice(1)];
      const flat = values.flat(Number.POSITIVE_INFINITY);
      if (flat.length !== shape.reduce((product, size) => product * size, 1)) {
        throw invalid(`The column '${name}' does not make a tensor of shape [${shape}]`);
      }
      return [name, toTensor(runtime, inputNamed(inputs, name), flat, shape)];
    }),
  );
}

/** What `instances` and `inputs` hold: one tensor, tensors by name, or a record per row. */
export function feedsOfTensors(
  runtime: OnnxRuntime,
  inputs: readonly OnnxInput[],
  specs: readonly TensorSpec[] | undefined,
  given: unknown,
): Feeds {
  const named = byName(given) ?? { [specs?.[0]?.name ?? nameOfOnly(inputs)]: given };
  for (const { name } of specs ?? []) {
    if (name !== undefined && !Object.hasOwn(named, name)) throw missing(name);
  }
  const wanted = specs?.some(({ name }) => name !== undefined)
    ? specs.map(({ name }) => name ?? '')
    : Object.keys(named);
  return Object.fromEntries(
    wanted.map((name) => {
      const input = inputNamed(inputs, name);
      const { shape, values } = flatten(name, named[name]);
      const spec = specs?.find((one) => one.name === undefined || one.name === name);
      if (spec) requireShape(shape, spec.shape);
      return [name, toTensor(runtime, input, values, shape)];
    }),
  );
}

/** Records by row become tensors by name. */
function byName(given: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!Array.isArray(given)) return isRecord(given) ? given : undefined;
  const rows: unknown[] = given;
  if (!rows.some(isRecord)) return undefined;
  const names = new Set(rows.flatMap((row) => Object.keys(Object(row) as object)));
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      rows.map((row) => (row as Readonly<Record<string, unknown>>)[name]),
    ]),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function nameOfOnly(inputs: readonly OnnxInput[]): string {
  const [only, ...others] = inputs;
  if (only && others.length === 0) return only.name;
  const names = inputs.map(({ name }) => `'${name}'`).join(', ');
  throw invalid(`The model takes the tensors ${names}; name them`);
}

function inputNamed(inputs: readonly OnnxInput[], name: string): OnnxInput {
  const found = inputs.find((input) => input.name === name);
  if (found) return found;
  const names = inputs.map((input) => `'${input.name}'`).join(', ');
  throw invalid(`The model takes no tensor '${name}'; it takes ${names}`);
}

const missing = (name: string) =>
  invalid(`Failed to enforce the model's schema: Model is missing inputs ['${name}'].`);

function requireShape(shape: readonly number[], expected: readonly number[]): void {
  const fits =
    shape.length === expected.length &&
    expected.every((length, i) => length === -1 || length === shape[i]);
  if (fits) return;
  throw invalid(`Shape of input [${shape}] does not match expected shape [${expected}].`);
}
