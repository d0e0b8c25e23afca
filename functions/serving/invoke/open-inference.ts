import { DomainError, invalid } from '../../shared/errors.ts';
import type { HttpRequest } from '../../shared/http/api.ts';
import { parseJson } from '../../shared/http/json-api.ts';
import type { Scorer } from './scorer.ts';
import type { Snapshot } from './snapshots.ts';

/** Open Inference Protocol, version 2: https://github.com/open-inference/open-inference-protocol */

interface Tensor {
  readonly name: string;
  /** Rows, rows and columns, or more dimensions. */
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

const MAX_DIMENSIONS = 8;

/** Element types of tensors, by the types of signatures. */
const DATATYPES: Readonly<Record<string, string>> = {
  double: 'FP64',
  float: 'FP32',
  integer: 'INT32',
  long: 'INT64',
  boolean: 'BOOL',
  string: 'BYTES',
  binary: 'BYTES',
  datetime: 'BYTES',
};

/** The same request in the words of `/invocations`: that is what is scored and logged. */
export function toInvocation(request: HttpRequest): { request: HttpRequest; id?: string } {
  const { id, inputs } = parse(parseJson(request.body));
  const [first, ...others] = inputs;
  const matrix = first?.shape.length === 2 && (first.shape[1] ?? 0) > 1;
  if (matrix && others.length > 0) throw invalid('A matrix must be the only input');
  const alone = first && others.length === 0 && (matrix || first.shape.length > 2);
  const rows = alone ? { instances: nest(first) } : { inputs: toColumns(inputs) };
  const body = { ...rows, ...(id !== undefined && { client_request_id: id }) };
  const { version } = request.params;
  return {
    request: {
      ...request,
      params: { name: request.params.name ?? '', ...(version && { version }) },
      body: Buffer.from(JSON.stringify(body)),
    },
    ...(id !== undefined && { id }),
  };
}

/** By hand: the schema library would be a third of this function's bundle. */
function parse(body: unknown): { id?: string; inputs: Tensor[] } {
  const { id, inputs } = (body ?? {}) as { id?: unknown; inputs?: unknown };
  if (id !== undefined && typeof id !== 'string') throw invalid('id must be a text');
  if (!Array.isArray(inputs) || inputs.length === 0) throw invalid('inputs must be tensors');
  return { ...(id !== undefined && { id }), inputs: inputs.map(parseTensor) };
}

function parseTensor(value: unknown, i: number): Tensor {
  const { name, shape, data } = (value ?? {}) as Readonly<Record<keyof Tensor, unknown>>;
  if (typeof name !== 'string' || name === '') throw invalid(`inputs[${i}].name must be a text`);
  // There may be no rows, but no rows of nothing: a billion of them would be few bytes.
  const isLength = (n: unknown, i: number) => Number.isInteger(n) && Number(n) >= (i === 0 ? 0 : 1);
  const sized = Array.isArray(shape) && shape.every(isLength);
  if (!sized || shape.length < 1 || shape.length > MAX_DIMENSIONS) {
    throw invalid(`inputs[${i}].shape must be one to ${MAX_DIMENSIONS} lengths`);
  }
  if (!Array.isArray(data)) throw invalid(`inputs[${i}].data must be an array`);
  // Elements in order, or in arrays of the shape: the protocol allows both.
  const tensor = { name, shape, data: data.flat(shape.length) as unknown[] };
  const size = shape.reduce((product, length) => product * length, 1);
  if (tensor.data.length === size) return tensor;
  throw invalid(`inputs.${name}: shape [${shape}] does not fit ${tensor.data.length} values`);
}

/** A column has one value a row; what has more dimensions stays as it is. */
const toColumns = (inputs: readonly Tensor[]): Record<string, unknown[]> =>
  Object.fromEntries(
    inputs.map((tensor) => {
      const [, width = 1, ...deeper] = tensor.shape;
      return [tensor.name, width === 1 && deeper.length === 0 ? tensor.data : nest(tensor)];
    }),
  ) as Record<string, unknown[]>;

/** The elements in arrays of the shape. */
function nest({ shape: [length = 0, ...inner], data }: Pick<Tensor, 'shape' | 'data'>): unknown[] {
  if (inner.length === 0) return [...data];
  const size = inner.reduce((product, one) => product * one, 1);
  return Array.from({ length }, (_, i) =>
    nest({ shape: inner, data: data.slice(i * size, (i + 1) * size) }),
  );
}

/** By row, or of a model of tensors by the name of the output. */
export type Predictions = readonly unknown[] | Readonly<Record<string, readonly unknown[]>>;

/** The answer of `/invocations` as tensors: one per named output, else one called `predictions`. */
export function toTensors(
  predictions: Predictions,
  about: { name: string; version: string; id?: string },
): object {
  return {
    model_name: about.name,
    model_version: about.version,
    ...(about.id !== undefined && { id: about.id }),
    outputs: columnsOf(predictions).map(([name, values]) => {
      const { shape, data } = flatten(values);
      return { name, shape, datatype: datatypeOf(data), data };
    }),
  };
}

/** Rows of named outputs by name; models of tensors answer by name already. */
function columnsOf(predictions: Predictions): (readonly [string, readonly unknown[]])[] {
  if (!isList(predictions)) return Object.entries(predictions);
  const [first] = predictions;
  const named = typeof first === 'object' && first !== null && !Array.isArray(first);
  return named
    ? Object.keys(first).map((name) => [name, predictions.map((row) => field(row, name))] as const)
    : [['predictions', predictions]];
}

const isList = (value: object): value is readonly unknown[] => Array.isArray(value);

/** Nested arrays of equal lengths as they are sent: their elements in order, and a shape. */
function flatten(values: readonly unknown[]): { shape: number[]; data: readonly unknown[] } {
  const shape: number[] = [];
  for (let one: unknown = values; Array.isArray(one); one = one[0]) shape.push(one.length);
  const data = values.flat(shape.length - 1);
  const even = data.length === shape.reduce((product, length) => product * length, 1);
  return even ? { shape, data } : { shape: [values.length], data: values };
}

const field = (row: unknown, name: string) => (row as Readonly<Record<string, unknown>>)[name];

function datatypeOf(values: readonly unknown[]): string {
  if (values.every((value) => typeof value === 'boolean')) return 'BOOL';
  return values.every((value) => typeof value === 'number') ? 'FP64' : 'BYTES';
}

/** What an endpoint says of itself; of one version when it is named. */
export function describeModel(
  { live, models, problems }: Snapshot,
  version: string | undefined,
): object {
  const found = live.entities.filter((entity) => !version || entity.version === version);
  const [entity] = found;
  if (!entity) throw new DomainError('RESOURCE_DOES_NOT_EXIST', `No version ${version} is served`);
  const problem = problems.get(entity);
  if (problem && found.every((one) => !models.has(one))) {
    throw new DomainError('TEMPORARILY_UNAVAILABLE', problem.message);
  }
  return {
    name: live.endpoint,
    versions: [...new Set(found.map((one) => one.version))],
    platform: 'slipway',
    inputs: tensorsOf(models.get(entity)),
    outputs: models.get(entity)?.tensors?.outputs ?? [
      { name: 'predictions', datatype: 'FP64', shape: [-1] },
    ],
  };
}

const tensorsOf = (model: Scorer | undefined) =>
  model?.tensors?.inputs ??
  (model?.inputs ?? []).map(({ name, type }) => ({
    name,
    datatype: DATATYPES[type] ?? 'BYTES',
    shape: [-1],
  }));
