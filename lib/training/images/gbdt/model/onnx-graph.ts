import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const { AttributeType } = onnx.AttributeProto;
const { DataType } = onnx.TensorProto;

type ElementType = 'float' | 'int64' | 'string';

const ELEMENT_TYPES = {
  float: DataType.FLOAT,
  int64: DataType.INT64,
  string: DataType.STRING,
};

type Node = InstanceType<typeof onnx.NodeProto>;
type Attribute = InstanceType<typeof onnx.AttributeProto>;
type Tensor = InstanceType<typeof onnx.TensorProto>;
type ValueInfo = InstanceType<typeof onnx.ValueInfoProto>;

/** Domain of the operators for classical models. */
export const ML_DOMAIN = 'ai.onnx.ml';

export const intAttribute = (name: string, i: number): Attribute =>
  onnx.AttributeProto.create({ name, type: AttributeType.INT, i });

export const intsAttribute = (name: string, ints: readonly number[]): Attribute =>
  onnx.AttributeProto.create({ name, type: AttributeType.INTS, ints: [...ints] });

export const floatsAttribute = (name: string, floats: readonly number[]): Attribute =>
  onnx.AttributeProto.create({ name, type: AttributeType.FLOATS, floats: [...floats] });

export const stringsAttribute = (name: string, texts: readonly string[]): Attribute => {
  const strings = texts.map((text) => Buffer.from(text));
  return onnx.AttributeProto.create({ name, type: AttributeType.STRINGS, strings });
};

/** Collects the parts of an ONNX graph and writes the model file. */
export class OnnxGraph {
  private readonly nodes: Node[] = [];
  private readonly inputs: ValueInfo[] = [];
  private readonly outputs: ValueInfo[] = [];
  private readonly constants: Tensor[] = [];

  /** Declares an input of shape [rows, 1] and returns its name. */
  input(name: string, type: ElementType): string {
    this.inputs.push(valueInfo(name, type, [undefined, 1]));
    return name;
  }

  /** The name, with underscores after it when an input has it. */
  freeName(name: string): string {
    return this.inputs.some((input) => input.name === name) ? this.freeName(`${name}_`) : name;
  }

  /** Declares an output; `width` is its second dimension, undefined for a vector. */
  output(name: string, type: ElementType, width?: number): void {
    this.outputs.push(
      valueInfo(name, type, width === undefined ? [undefined] : [undefined, width]),
    );
  }

  /** Adds an operation and returns the name of its output. */
  node(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: readonly Attribute[] = [],
    domain = '',
  ): string {
    const fields = { opType, domain, name: output, input: [...inputs], output: [output] };
    this.nodes.push(onnx.NodeProto.create({ ...fields, attribute: [...attributes] }));
    return output;
  }

  floats(name: string, values: readonly number[]): string {
    return this.constant({
      name,
      dataType: DataType.FLOAT,
      dims: [values.length],
      floatData: [...values],
    });
  }

  int64s(name: string, values: readonly number[]): string {
    return this.constant({
      name,
      dataType: DataType.INT64,
      dims: [values.length],
      int64Data: [...values],
    });
  }

  /** A matrix of bytes, row by row. */
  bytes(name: string, rows: number, rawData: Uint8Array): string {
    const dims = [rows, rawData.length / rows];
    return this.constant({ name, dataType: DataType.UINT8, dims, rawData });
  }

  private constant(
    tensor: Parameters<typeof onnx.TensorProto.create>[0] & { name: string },
  ): string {
    this.constants.push(onnx.TensorProto.create(tensor));
    return tensor.name;
  }

  /** The bytes of a model file for ai.onnx 13 and ai.onnx.ml 2. */
  encode(producerName: string): Uint8Array {
    const graph = onnx.GraphProto.create({
      name: 'model',
      node: this.nodes,
      input: this.inputs,
      output: this.outputs,
      initializer: this.constants,
    });
    return onnx.ModelProto.encode({
      irVersion: 7,
      producerName,
      opsetImport: [
        { domain: '', version: 13 },
        { domain: ML_DOMAIN, version: 2 },
      ],
      graph,
    }).finish();
  }
}

function valueInfo(
  name: string,
  type: ElementType,
  dims: readonly (number | undefined)[],
): ValueInfo {
  const dim = dims.map((size) => (size === undefined ? { dimParam: 'rows' } : { dimValue: size }));
  const tensorType = { elemType: ELEMENT_TYPES[type], shape: { dim } };
  return onnx.ValueInfoProto.create({ name, type: { tensorType } });
}

/** Element type numbers for Cast. */
export const CAST_TO = { float: DataType.FLOAT, int64: DataType.INT64 } as const;
