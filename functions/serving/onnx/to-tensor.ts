import type { Tensor } from 'onnxruntime-web';
import { invalid } from '../../shared/errors.ts';
import type { OnnxRuntime } from './runtime.ts';

/** A tensor input of a model: `shape` has a number, or a name where any length goes. */
export interface OnnxInput {
  readonly name: string;
  /** Type of the elements: `float32`, `string`, … */
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

type Convert = (value: unknown) => unknown;

const LIMITS: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-(2 ** 7), 2 ** 7 - 1],
  uint8: [0, 2 ** 8 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  uint16: [0, 2 ** 16 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
};

/** A missing number is NaN, as in a data frame. */
const toNumber: Convert = (value) => {
  if (typeof value === 'number') return value;
  return value === null || value === undefined ? Number.NaN : undefined;
};

const toInteger =
  (type: string): Convert =>
  (value) => {
    const [least, most] = LIMITS[type] ?? [0, 0];
    if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
    if (value < least || value > most) return undefined;
    return type.endsWith('64') ? BigInt(value) : value;
  };

function converterOf(type: string): Convert | undefined {
  if (['float16', 'float32', 'float64'].includes(type)) return toNumber;
  if (type in LIMITS) return toInteger(type);
  if (type === 'string') return (value) => (typeof value === 'string' ? value : undefined);
  if (type === 'bool') return (value) => (typeof value === 'boolean' ? value : undefined);
  return undefined;
}

/**
 * A tensor of the type that the input takes. The shape may lack or have a last dimension of one: a
 * column is `[rows]` in a data frame and `[rows, 1]` in what skl2onnx writes. Throws
 * INVALID_PARAMETER_VALUE for a value that the type has no place for.
 */
export function toTensor(
  runtime: OnnxRuntime,
  input: OnnxInput,
  values: readonly unknown[],
  shape: readonly number[],
): Tensor {
  const { name, type } = input;
  const convert = converterOf(type);
  if (!convert) throw invalid(`Input '${name}' is of ${type}, which requests cannot hold`);
  const converted = values.map((value) => {
    const found = convert(value);
    if (found !== undefined) return found;
    throw invalid(`Input '${name}' takes ${type}, not ${describe(value)}`);
  });
  const data = type === 'float16' ? Float16Array.from(converted as number[]) : converted;
  return new runtime.Tensor(type as 'float32', data as number[], fitted(shape, input.shape.length));
}

function fitted(shape: readonly number[], rank: number): readonly number[] {
  if (rank === shape.length + 1) return [...shape, 1];
  // A rank of zero: the model does not say.
  const onlyOne = rank > 0 && rank === shape.length - 1 && shape.at(-1) === 1;
  return onlyOne ? shape.slice(0, -1) : shape;
}

/** Lengths and elements of nested arrays. Throws INVALID_PARAMETER_VALUE when they are ragged. */
export function flatten(name: string, value: unknown): { shape: number[]; values: unknown[] } {
  const shape: number[] = [];
  for (let one = value; Array.isArray(one); one = one[0]) shape.push(one.length);
  const depth = shape.length;
  const values = depth === 0 ? [value] : (value as unknown[]).flat(depth - 1);
  const check = (one: unknown, level: number): boolean =>
    level === depth
      ? !Array.isArray(one)
      : Array.isArray(one) &&
        one.length === shape[level] &&
        one.every((inner) => check(inner, level + 1));
  if (!check(value, 0)) throw invalid(`Input '${name}' is no tensor: its arrays differ in length`);
  return { shape, values };
}

const describe = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 60);
