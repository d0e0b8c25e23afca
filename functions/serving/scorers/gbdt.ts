import { type Feature, type GbdtModel, parseGbdt } from './gbdt-model.ts';
import {
  columnOf,
  type Scorer,
  type ScorerInput,
  sigmoid,
  toCategory,
  toFeature,
} from './input.ts';
import { type AddLeaves, compileLeafMasks } from './leaf-masks.ts';

/** Rows that trees take together: their features stay in the processor's cache from tree to tree. */
const BLOCK_ROWS = 256;

/** From so many rows on, tables are worth being made of the trees. */
const MANY_ROWS = 1000;

/** All trees in flat arrays. `roots[t]` and children are node numbers, or `-1 - leaf`. */
interface CompiledTrees {
  readonly roots: Int32Array;
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  readonly defaultLeft: Uint8Array;
  /** First word of the node's set of left codes in `sets`; -1 for numeric features. */
  readonly set: Int32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly leaf: Float64Array;
  readonly sets: Uint32Array;
}

/** Loads the model file of the flavor `slipway.gbdt`. Throws INVALID_PARAMETER_VALUE when it is none. */
export const loadGbdt = (text: string): Scorer => compileGbdt(parseGbdt(text));

/**
 * Makes a scorer of a model. Scores are exactly those of the trainer: features in single precision,
 * leaves added in the order of the trees in double precision.
 */
export function compileGbdt(model: GbdtModel): Scorer {
  const trees = compileTrees(model);
  const encoders = model.features.map(encoder);
  let masks: { readonly add: AddLeaves | undefined } | undefined;
  return {
    score(input) {
      const { length } = input;
      const width = encoders.length;
      const matrix = new Float32Array(length * width);
      for (const [f, encode] of encoders.entries()) encode(input, matrix, f, width);
      const scores = new Float64Array(length).fill(model.base_score);
      if (length >= MANY_ROWS) masks ??= { add: compileLeafMasks(model) };
      if (length >= MANY_ROWS && masks?.add) masks.add(matrix, width, scores);
      else addTrees(trees, matrix, width, scores);
      return model.objective === 'binary' ? scores.map(sigmoid) : scores;
    },
  };
}

type Encoder = (input: ScorerInput, matrix: Float32Array, offset: number, width: number) => void;

function encoder(feature: Feature): Encoder {
  const { name } = feature;
  if (feature.type === 'numeric') {
    return (input, matrix, offset, width) => {
      const values = columnOf(input, name);
      for (let row = 0; row < input.length; row++) {
        matrix[offset + row * width] = toFeature(values[row], name);
      }
    };
  }
  const codes = new Map(feature.categories.map((text, code) => [text, code]));
  const other = feature.categories.length;
  return (input, matrix, offset, width) => {
    const values = columnOf(input, name);
    for (let row = 0; row < input.length; row++) {
      const text = toCategory(values[row], name);
      matrix[offset + row * width] = text === undefined ? other + 1 : (codes.get(text) ?? other);
    }
  };
}

function addTrees(
  trees: CompiledTrees,
  matrix: Float32Array,
  width: number,
  scores: Float64Array,
): void {
  const { roots } = trees;
  const { length } = scores;
  for (let first = 0; first < length; first += BLOCK_ROWS) {
    const end = Math.min(length, first + BLOCK_ROWS);
    for (let t = 0; t < roots.length; t++) {
      addTree(trees, roots[t] as number, matrix, width, scores, first, end);
    }
  }
}

/** Adds the leaf of each of the rows `[first, end)` to its score. */
function addTree(
  { feature, threshold, defaultLeft, set, left, right, leaf, sets }: CompiledTrees,
  root: number,
  matrix: Float32Array,
  width: number,
  scores: Float64Array,
  first: number,
  end: number,
): void {
  for (let row = first; row < end; row++) {
    const start = row * width;
    let node = root;
    while (node >= 0) {
      const value = matrix[start + (feature[node] as number)] as number;
      const words = set[node] as number;
      let goesLeft: boolean;
      if (words >= 0)
        goesLeft = (((sets[words + (value >> 5)] as number) >>> (value & 31)) & 1) === 1;
      else if (value <= (threshold[node] as number)) goesLeft = true;
      else goesLeft = defaultLeft[node] === 1 && Number.isNaN(value);
      node = (goesLeft ? left[node] : right[node]) as number;
    }
    scores[row] = (scores[row] as number) + (leaf[-1 - node] as number);
  }
}

function compileTrees(model: GbdtModel): CompiledTrees {
  const nodes = model.trees.reduce((sum, tree) => sum + tree.left.length, 0);
  const roots = new Int32Array(model.trees.length);
  const feature = new Int32Array(nodes);
  const threshold = new Float32Array(nodes);
  const defaultLeft = new Uint8Array(nodes);
  const set = new Int32Array(nodes).fill(-1);
  const left = new Int32Array(nodes);
  const right = new Int32Array(nodes);
  const leaves: number[] = [];
  const sets: number[] = [];
  let first = 0;
  for (const [t, tree] of model.trees.entries()) {
    const child = (c: number | undefined = -1) => (c >= 0 ? first + c : c - leaves.length);
    roots[t] = child(tree.left.length > 0 ? 0 : -1);
    for (let node = 0; node < tree.left.length; node++) {
      const at = first + node;
      feature[at] = tree.feature[node] ?? 0;
      threshold[at] = tree.threshold[node] ?? 0;
      defaultLeft[at] = tree.default_left[node] ?? 0;
      left[at] = child(tree.left[node]);
      right[at] = child(tree.right[node]);
      const codes = tree.categories[node];
      if (codes) set[at] = appendSet(sets, codes, codeCount(model, tree.feature[node]));
    }
    for (const value of tree.leaf) leaves.push(value);
    first += tree.left.length;
  }
  return {
    roots,
    feature,
    threshold,
    defaultLeft,
    set,
    left,
    right,
    leaf: Float64Array.from(leaves),
    sets: Uint32Array.from(sets),
  };
}

/** Codes of a categorical feature: its categories, every other text, missing. */
function codeCount(model: GbdtModel, index = -1): number {
  const feature = model.features[index];
  return feature?.type === 'categorical' ? feature.categories.length + 2 : 0;
}

function appendSet(sets: number[], codes: readonly number[], count: number): number {
  const first = sets.length;
  const words = new Array<number>(Math.ceil(count / 32)).fill(0);
  for (const code of codes) words[code >> 5] = ((words[code >> 5] ?? 0) | (1 << (code & 31))) >>> 0;
  sets.push(...words);
  return first;
}
