import type { Snapshot } from './snapshots.ts';
import type { TensorMetadata } from './tensor-metadata.ts';

/** JSON Schema of a value, by the type that a signature gives it. */
const SCHEMAS: Readonly<Record<string, object>> = {
  double: { type: 'number', format: 'double' },
  float: { type: 'number', format: 'float' },
  integer: { type: 'integer', format: 'int32' },
  long: { type: 'integer', format: 'int64' },
  boolean: { type: 'boolean' },
  string: { type: 'string' },
  binary: { type: 'string', format: 'byte' },
  datetime: { type: 'string', format: 'date-time' },
};

/** OpenAPI 3.1 of an endpoint: one path per model behind it, its columns from the signature. */
export function describeOpenApi({ live, models }: Snapshot, server: string): object {
  const paths = live.entities.map((entity) => {
    const { inputs, tensors } = models.get(entity) ?? {};
    const schema = tensors?.inputs ? tensorBody(tensors.inputs) : body(inputs);
    const predictions = tensors?.outputs ? byName(tensors.outputs) : { type: 'array', items: {} };
    return [
      `/served-models/${entity.name}/invocations`,
      {
        post: {
          operationId: entity.name,
          summary: `Version ${entity.version} of ${entity.model}`,
          requestBody: {
            required: true,
            content: { 'application/json': { schema } },
          },
          responses: {
            200: { description: 'One prediction per row', content: answer(predictions) },
          },
        },
      },
    ] as const;
  });
  return {
    openapi: '3.1.0',
    info: { title: live.endpoint, version: String(live.config) },
    servers: [{ url: `${server}/serving-endpoints/${live.endpoint}` }],
    paths: Object.fromEntries(paths),
  };
}

const answer = (predictions: object) => ({
  'application/json': {
    schema: { type: 'object', required: ['predictions'], properties: { predictions } },
  },
});

/** Arrays of arrays of the tensor's shape. */
function arraysOf({ datatype, shape }: TensorMetadata): object {
  return shape.reduceRight<object>(
    (items, length) => ({
      type: 'array',
      items,
      ...(length >= 0 && { minItems: length, maxItems: length }),
    }),
    ELEMENTS[datatype] ?? { type: /^U?INT/.test(datatype) ? 'integer' : 'number' },
  );
}

/** Elements of tensors that are no numbers, by the protocol's names of their types. */
const ELEMENTS: Readonly<Record<string, object>> = {
  BOOL: { type: 'boolean' },
  BYTES: {},
};

const byName = (tensors: readonly TensorMetadata[]) => ({
  type: 'object',
  required: tensors.map(({ name }) => name),
  properties: Object.fromEntries(tensors.map((tensor) => [tensor.name, arraysOf(tensor)])),
});

/** One tensor is sent as it is, several by their names: in columns, or a record a row. */
function tensorBody(tensors: readonly TensorMetadata[]): object {
  const [first] = tensors;
  if (first && tensors.length === 1) {
    const arrays = arraysOf(first);
    return { oneOf: [only('instances', arrays), only('inputs', arrays)] };
  }
  const row = byName(tensors.map((one) => ({ ...one, shape: one.shape.slice(1) })));
  return {
    oneOf: [only('instances', { type: 'array', items: row }), only('inputs', byName(tensors))],
  };
}

type Inputs = readonly {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}[];

function body(inputs: Inputs | undefined): object {
  const row = {
    type: 'object',
    ...(inputs && {
      required: inputs.filter(({ required }) => required).map(({ name }) => name),
      properties: Object.fromEntries(inputs.map(({ name, type }) => [name, SCHEMAS[type] ?? {}])),
    }),
  };
  const columns = inputs ? { const: inputs.map(({ name }) => name) } : { type: 'array' };
  const records = { type: 'array', items: row };
  const rows = { type: 'array', items: { type: 'array' } };
  return {
    oneOf: [
      only('dataframe_records', records),
      only('dataframe_split', { type: 'object', properties: { columns, data: rows } }),
      only('instances', { oneOf: [records, rows] }),
      only('inputs', {}),
    ],
  };
}

const only = (name: string, schema: object) => ({
  type: 'object',
  required: [name],
  properties: { [name]: schema, client_request_id: { type: 'string', maxLength: 256 } },
});
