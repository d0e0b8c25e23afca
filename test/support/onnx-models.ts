import { onnx } from 'onnx-proto';

const FLOAT = 1;
const INT64 = 7;
const STRING = 8;

/** A tensor of `[rows, width]`, as inputs and outputs are described. */
export const matrix = (name: string, width: number, elemType = FLOAT): onnx.IValueInfoProto => ({
  name,
  type: { tensorType: { elemType, shape: { dim: [{ dimParam: 'N' }, { dimValue: width }] } } },
});

const floats = (name: string, values: readonly number[]): onnx.IAttributeProto => ({
  name,
  type: onnx.AttributeProto.AttributeType.FLOATS,
  floats: [...values],
});

const text = (name: string, value: string): onnx.IAttributeProto => ({
  name,
  type: onnx.AttributeProto.AttributeType.STRING,
  s: Buffer.from(value),
});

/** A model file of a graph; operators of ONNX 17 and of ai.onnx.ml 3 unless told. */
export function onnxFile(
  graph: onnx.IGraphProto,
  opsetImport: onnx.IOperatorSetIdProto[] = [
    { domain: '', version: 17 },
    { domain: 'ai.onnx.ml', version: 3 },
  ],
): Buffer {
  const model = onnx.ModelProto.create({
    irVersion: 8,
    opsetImport,
    graph: { name: 'graph', ...graph },
  });
  return Buffer.from(onnx.ModelProto.encode(model).finish());
}

/** `variable = 2·a − b + 0.5` of a matrix `X` of two columns. */
export const linearOnnx = (opsetVersion = 17): Buffer =>
  onnxFile(
    {
      node: [
        {
          opType: 'LinearRegressor',
          domain: 'ai.onnx.ml',
          input: ['X'],
          output: ['variable'],
          attribute: [floats('coefficients', [2, -1]), floats('intercepts', [0.5])],
        },
      ],
      input: [matrix('X', 2)],
      output: [matrix('variable', 1)],
    },
    [
      { domain: '', version: opsetVersion },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
  );

/** A logistic regression of `x`, of the shape that skl2onnx writes: a label, and a table by class. */
export function classifierOnnx(classes: readonly string[] = ['no', 'yes']): Buffer {
  const labels = classes.map((one) => Buffer.from(one));
  const strings: onnx.IAttributeProto = {
    name: 'classlabels_strings',
    type: onnx.AttributeProto.AttributeType.STRINGS,
    strings: labels,
  };
  const table: onnx.IValueInfoProto = {
    name: 'output_probability',
    type: {
      sequenceType: {
        elemType: { mapType: { keyType: STRING, valueType: { tensorType: { elemType: FLOAT } } } },
      },
    },
  };
  return onnxFile({
    node: [
      {
        opType: 'LinearClassifier',
        domain: 'ai.onnx.ml',
        input: ['X'],
        output: ['output_label', 'scores'],
        attribute: [
          floats('coefficients', [-1, 1]),
          floats('intercepts', [0, 0]),
          text('post_transform', 'LOGISTIC'),
          { ...strings, name: 'classlabels_strings' },
        ],
      },
      {
        opType: 'ZipMap',
        domain: 'ai.onnx.ml',
        input: ['scores'],
        output: ['output_probability'],
        attribute: [strings],
      },
    ],
    input: [matrix('X', 1)],
    output: [
      {
        name: 'output_label',
        type: { tensorType: { elemType: STRING, shape: { dim: [{ dimParam: 'N' }] } } },
      },
      table,
    ],
  });
}

/** `Y = W[X]`: `W` has rows of four ones, 16 bytes each, in this file or in one beside it. */
export function weightsOnnx(rows: number, location?: string): { file: Buffer; weights: Buffer } {
  const weights = Buffer.from(new Float32Array(4 * rows).fill(1).buffer);
  const file = onnxFile({
    node: [{ opType: 'Gather', input: ['W', 'X'], output: ['Y'] }],
    initializer: [
      {
        name: 'W',
        dims: [rows, 4],
        dataType: FLOAT,
        ...(location === undefined
          ? { rawData: weights }
          : {
              dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
              externalData: [
                { key: 'location', value: location },
                { key: 'offset', value: '0' },
                { key: 'length', value: String(weights.length) },
              ],
            }),
      },
    ],
    input: [matrix('X', 1, INT64)],
    output: [{ name: 'Y', type: { tensorType: { elemType: FLOAT } } }],
  });
  return { file, weights };
}

/** Copies of its input, as many as it is told: `Y = Expand(X, shape)`. */
export const expandOnnx = (): Buffer =>
  onnxFile({
    node: [{ opType: 'Expand', input: ['X', 'shape'], output: ['Y'] }],
    input: [
      { name: 'X', type: { tensorType: { elemType: FLOAT, shape: { dim: [{ dimValue: 1 }] } } } },
      {
        name: 'shape',
        type: { tensorType: { elemType: INT64, shape: { dim: [{ dimValue: 1 }] } } },
      },
    ],
    output: [
      { name: 'Y', type: { tensorType: { elemType: FLOAT, shape: { dim: [{ dimParam: 'M' }] } } } },
    ],
  });

/** A column of texts and one of numbers, as inputs of their own: `Y = (city = "Wien") + v`. */
export const columnsOnnx = (): Buffer =>
  onnxFile({
    node: [
      {
        opType: 'LabelEncoder',
        domain: 'ai.onnx.ml',
        input: ['city'],
        output: ['code'],
        attribute: [
          {
            name: 'keys_strings',
            type: onnx.AttributeProto.AttributeType.STRINGS,
            strings: [Buffer.from('Wien')],
          },
          floats('values_floats', [1]),
          { name: 'default_float', type: onnx.AttributeProto.AttributeType.FLOAT, f: 0 },
        ],
      },
      { opType: 'Add', input: ['code', 'v'], output: ['Y'] },
    ],
    input: [matrix('city', 1, STRING), matrix('v', 1)],
    output: [matrix('Y', 1)],
  });

/** `MLmodel` as MLflow writes it for the flavor `onnx`. */
export const onnxDescription = (inputs?: object[], more = ''): string =>
  `flavors:
  onnx:
    data: model.onnx
  python_function:
    data: model.onnx
    loader_module: mlflow.onnx
${more}${inputs ? `signature:\n  inputs: '${JSON.stringify(inputs)}'\n` : ''}`;
