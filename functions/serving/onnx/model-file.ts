import { invalid } from '../../shared/errors.ts';
import { encode, encodeNumber, find, findAll, integers, readFields, textOf } from './protobuf.ts';

/**
 * Numbers of the fields used, after `onnx.proto`:
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
const MODEL = { graph: 7, opsetImport: 8 };
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparseInitializer: 15 };
const NODE = { input: 1, output: 2, opType: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, tensor: 5, graph: 6, ints: 8, strings: 9, tensors: 10, graphs: 11 };
const TENSOR = { name: 8, externalData: 13, dataLocation: 14 };
/** Where the data of a tensor are: `TensorProto.DataLocation`. */
const EXTERNAL = 1n;
const VALUE = { name: 1, type: 2 };
const TYPE = { tensor: 1, sequence: 4, map: 5, optional: 9, sparse: 8 };

/** What an output is, when a table of probabilities by class was made of a matrix. */
export interface ClassTable {
  /** Names of the classes in the order of the matrix's columns. */
  readonly classes: readonly string[];
}

interface OnnxFile {
  /** What the runtime is given. */
  readonly bytes: Uint8Array;
  /** Outputs that the model gives as a sequence of maps, and `bytes` as a matrix. */
  readonly classTables: ReadonlyMap<string, ClassTable>;
  /** Files beside the model that hold weights, relative to its folder. */
  readonly externalFiles: readonly string[];
}

/**
 * Makes a model ready for the WebAssembly runtime, which has tensors only: a `ZipMap` (its output is
 * a sequence of maps) becomes an `Identity`, and who answers makes the maps. Nothing else is touched.
 * Throws INVALID_PARAMETER_VALUE for other values than tensors and for a file that is no model.
 */
export function openOnnxFile(bytes: Uint8Array): OnnxFile {
  const graph = find(bytes, MODEL.graph);
  if (!graph) throw invalid('the ONNX file is corrupt: it has no graph');
  const classTables = new Map<string, ClassTable>();
  const nodes = findAll(graph, GRAPH.node);
  for (const node of nodes) {
    const table = classTableOf(node);
    if (table) classTables.set(textOf(find(node, NODE.output)), table);
  }
  const inputs = findAll(graph, GRAPH.input);
  for (const value of inputs) requireTensor('input', value);
  for (const value of findAll(graph, GRAPH.output)) {
    if (!classTables.has(nameOf(value))) requireTensor('output', value);
  }
  return {
    bytes: classTables.size === 0 ? bytes : withoutZipMaps(bytes, graph, classTables),
    classTables,
    externalFiles: [...new Set(externalFilesOf(graph))],
  };
}

const nameOf = (value: Uint8Array) => textOf(find(value, VALUE.name));

function requireTensor(what: string, value: Uint8Array): void {
  const type = find(value, VALUE.type);
  const kinds = type ? [...readFields(type)].map(({ number }) => number) : [];
  const other = Object.entries(TYPE).find(
    ([kind, number]) => kind !== 'tensor' && kinds.includes(number),
  );
  if (!other) return;
  throw invalid(
    `the ${what} '${nameOf(value)}' of the ONNX model is a ${other[0]}; ` +
      `only tensors are scored in the function, and what ZipMap gives`,
  );
}

/** The classes of a `ZipMap` node; undefined for every other node. */
function classTableOf(node: Uint8Array): ClassTable | undefined {
  if (textOf(find(node, NODE.opType)) !== 'ZipMap') return undefined;
  const attributes = new Map(
    findAll(node, NODE.attribute).map((one) => [textOf(find(one, ATTRIBUTE.name)), one]),
  );
  const numbers = attributes.get('classlabels_int64s');
  const texts = attributes.get('classlabels_strings');
  const classes = [
    ...(numbers ? integers(numbers, ATTRIBUTE.ints).map(String) : []),
    ...(texts ? findAll(texts, ATTRIBUTE.strings).map(textOf) : []),
  ];
  return { classes };
}

/** A tensor of floats of any shape. */
const MATRIX_TYPE = encode(TYPE.tensor, encodeNumber(1, 1));

function withoutZipMaps(
  model: Uint8Array,
  graph: Uint8Array,
  tables: ReadonlyMap<string, ClassTable>,
): Uint8Array {
  const nextGraph = Buffer.concat(
    [...readFields(graph)].map((field) => {
      const { number, bytes, whole } = field;
      if (number === GRAPH.node && textOf(find(bytes, NODE.opType)) === 'ZipMap') {
        return encode(GRAPH.node, identityFor(bytes));
      }
      if (number === GRAPH.output && tables.has(nameOf(bytes))) {
        const matrix = [encode(VALUE.name, nameOf(bytes)), encode(VALUE.type, MATRIX_TYPE)];
        return encode(GRAPH.output, Buffer.concat(matrix));
      }
      return whole;
    }),
  );
  const imports = findAll(model, MODEL.opsetImport);
  // Without a domain: the operators of ONNX itself, to which `Identity` belongs.
  const known = imports.some((one) => ['', 'ai.onnx'].includes(textOf(find(one, 1))));
  return Buffer.concat([
    ...[...readFields(model)].map(({ number, whole }) =>
      number === MODEL.graph ? encode(MODEL.graph, nextGraph) : whole,
    ),
    ...(known ? [] : [encode(MODEL.opsetImport, encodeNumber(2, 13))]),
  ]);
}

const identityFor = (zipMap: Uint8Array): Buffer =>
  Buffer.concat([
    encode(NODE.input, find(zipMap, NODE.input) ?? ''),
    encode(NODE.output, find(zipMap, NODE.output) ?? ''),
    encode(NODE.opType, 'Identity'),
  ]);

/** Files that initializers, constants and those of inner graphs lie in. */
function externalFilesOf(graph: Uint8Array): string[] {
  const tensors: Uint8Array[] = [];
  const inner: Uint8Array[] = [];
  for (const { number, bytes } of readFields(graph)) {
    if (number === GRAPH.initializer) tensors.push(bytes);
    // A sparse tensor: values and indices.
    if (number === GRAPH.sparseInitializer)
      tensors.push(...findAll(bytes, 1), ...findAll(bytes, 2));
    if (number !== GRAPH.node) continue;
    for (const attribute of findAll(bytes, NODE.attribute)) {
      for (const field of readFields(attribute)) {
        if (field.number === ATTRIBUTE.tensor || field.number === ATTRIBUTE.tensors) {
          tensors.push(field.bytes);
        }
        if (field.number === ATTRIBUTE.graph || field.number === ATTRIBUTE.graphs) {
          inner.push(field.bytes);
        }
      }
    }
  }
  return [...tensors.flatMap(externalFileOf), ...inner.flatMap(externalFilesOf)];
}

function externalFileOf(tensor: Uint8Array): string[] {
  if (!integers(tensor, TENSOR.dataLocation).includes(EXTERNAL)) return [];
  const entries = findAll(tensor, TENSOR.externalData);
  const location = entries.find((entry) => textOf(find(entry, 1)) === 'location');
  const path = location ? textOf(find(location, 2)) : '';
  if (path === '' || path.startsWith('/') || path.split(/[/\\]/).includes('..')) {
    throw invalid(
      `the weights '${textOf(find(tensor, TENSOR.name))}' of the ONNX model lie in '${path}', ` +
        'which is no file beside it',
    );
  }
  return [path];
}
