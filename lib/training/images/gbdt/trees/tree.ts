import type { TreeModel } from '../../../../../functions/serving/scorers/gbdt-model.ts';
import {
  addToHistogram,
  type BinnedFeatures,
  histogramOffsets,
  OrderedGradients,
  subtractHistogram,
} from './histogram.ts';
import { findSplit, type Split, type SplitOptions, type Sums } from './split.ts';

interface TreeOptions extends SplitOptions {
  readonly maxLeaves: number;
  /** Most splits on the way to a leaf. */
  readonly maxDepth: number;
  readonly learningRate: number;
}

interface Leaf {
  readonly begin: number;
  readonly end: number;
  readonly sums: Sums;
  readonly depth: number;
  /** L2 term of the split that made the leaf. */
  readonly l2: number;
  readonly histogram: Float64Array | undefined;
  readonly split: Split | undefined;
  /** Where the tree points at this leaf. */
  readonly parent: number;
  readonly side: 'left' | 'right';
}

interface Node {
  readonly split: Pick<Split, 'feature' | 'gain' | 'goesLeft' | 'bin'>;
  left: number;
  right: number;
}

/** A tree over bins. */
export interface GrownTree {
  readonly nodes: readonly Node[];
  readonly values: Float64Array;
}

/** A tree that was grown just now: what it says of its own rows is known already. */
interface FreshTree extends GrownTree {
  /** Row numbers of each leaf. */
  readonly rowsOf: (leaf: number) => Uint32Array;
}

/** Grows trees leaf by leaf, the most useful split first, and keeps its buffers from tree to tree. */
export class TreeGrower {
  private readonly data: BinnedFeatures;
  private readonly categorical: readonly boolean[];
  private readonly options: TreeOptions;
  private readonly offsets: Int32Array;
  private readonly ordered: OrderedGradients;
  private readonly spare: Uint32Array;
  private readonly pool: Float64Array[] = [];

  constructor(data: BinnedFeatures, categorical: readonly boolean[], options: TreeOptions) {
    this.data = data;
    this.categorical = categorical;
    this.options = options;
    this.offsets = histogramOffsets(data.counts);
    this.ordered = new OrderedGradients(data.rows);
    this.spare = new Uint32Array(data.rows);
  }

  /** `rows` are reordered in place; `features` are those that this tree may use. */
  grow(
    rows: Uint32Array,
    features: Uint32Array,
    gradients: Float64Array,
    hessians: Float64Array,
  ): FreshTree {
    const nodes: Node[] = [];
    const context = { rows, features, gradients, hessians };
    const leaves = [this.firstLeaf(context)];
    while (leaves.length < this.options.maxLeaves) {
      const index = bestLeaf(leaves);
      const leaf = leaves[index];
      if (!leaf?.split) break;
      const node =
        nodes.push({ split: leaf.split, left: -1 - index, right: -1 - leaves.length }) - 1;
      const parent = nodes[leaf.parent];
      if (parent) parent[leaf.side] = node;
      const last = leaves.length + 1 === this.options.maxLeaves;
      const [left, right] = this.part(leaf, leaf.split, node, context, last);
      leaves[index] = left;
      leaves.push(right);
    }
    for (const { histogram } of leaves) if (histogram) this.pool.push(histogram);
    return {
      nodes,
      values: Float64Array.from(leaves, ({ sums, l2 }) =>
        // Single precision, so that other runtimes of the model compute with the same leaves.
        Math.fround((-sums.gradient / (sums.hessian + l2)) * this.options.learningRate),
      ),
      rowsOf: (leaf) => rows.subarray(leaves[leaf]?.begin, leaves[leaf]?.end),
    };
  }

  private firstLeaf(context: GrowContext): Leaf {
    const { rows, gradients, hessians } = context;
    let [gradient, hessian] = [0, 0];
    for (const row of rows) {
      gradient += gradients[row] as number;
      hessian += hessians[row] as number;
    }
    const sums = { gradient, hessian, rows: rows.length };
    const histogram = this.histogramOf(context, 0, rows.length);
    const split = this.bestSplit(histogram, sums, 0, context.features);
    const { lambdaL2: l2 } = this.options;
    const length = rows.length;
    return {
      begin: 0,
      end: length,
      sums,
      depth: 0,
      l2,
      histogram,
      split,
      parent: -1,
      side: 'left',
    };
  }

  private part(
    leaf: Leaf,
    split: Split,
    node: number,
    context: GrowContext,
    last: boolean,
  ): [Leaf, Leaf] {
    const middle = this.partition(context.rows, leaf, split);
    const depth = leaf.depth + 1;
    const l2 = this.options.lambdaL2 + (split.bin < 0 ? this.options.catL2 : 0);
    const common = { depth, l2, parent: node };
    const ends = {
      left: { ...common, begin: leaf.begin, end: middle, sums: split.left, side: 'left' as const },
      right: { ...common, begin: middle, end: leaf.end, sums: split.right, side: 'right' as const },
    };
    const [small, large] =
      split.left.rows <= split.right.rows ? [ends.left, ends.right] : [ends.right, ends.left];
    const parentHistogram = leaf.histogram;
    const splittable = (sums: Sums) =>
      !last && depth < this.options.maxDepth && sums.rows >= 2 * this.options.minChildSamples;
    if (!parentHistogram || !splittable(large.sums)) {
      if (parentHistogram) this.pool.push(parentHistogram);
      const done = { histogram: undefined, split: undefined };
      return [
        { ...ends.left, ...done },
        { ...ends.right, ...done },
      ];
    }
    const smallHistogram = this.histogramOf(context, small.begin, small.end);
    subtractHistogram(parentHistogram, smallHistogram);
    const finish = (end: typeof small | typeof large, histogram: Float64Array): Leaf => ({
      ...end,
      histogram,
      split: splittable(end.sums)
        ? this.bestSplit(histogram, end.sums, depth, context.features)
        : undefined,
    });
    const [a, b] = [finish(small, smallHistogram), finish(large, parentHistogram)];
    return a.side === 'left' ? [a, b] : [b, a];
  }

  private histogramOf(
    { rows, features, gradients, hessians }: GrowContext,
    begin: number,
    end: number,
  ): Float64Array {
    const histogram = this.pool.pop()?.fill(0) ?? new Float64Array(this.offsets.at(-1) ?? 0);
    const order = rows.subarray(begin, end);
    this.ordered.gather(order, gradients, hessians);
    for (const f of features) {
      const bins = this.data.bins[f];
      if (bins) addToHistogram(histogram, this.offsets[f] ?? 0, bins, order, this.ordered);
    }
    return histogram;
  }

  private bestSplit(
    histogram: Float64Array,
    sums: Sums,
    depth: number,
    features: Uint32Array,
  ): Split | undefined {
    if (depth >= this.options.maxDepth) return undefined;
    let best: Split | undefined;
    for (const feature of features) {
      const split = findSplit(
        {
          feature,
          histogram,
          offset: this.offsets[feature] ?? 0,
          bins: this.data.counts[feature] ?? 0,
          categorical: this.categorical[feature] ?? false,
        },
        sums,
        this.options,
      );
      if (split && split.gain > (best?.gain ?? 0)) best = split;
    }
    return best;
  }

  /** Puts the rows that go left first, both sides in their former order. Returns where right begins. */
  private partition(rows: Uint32Array, { begin, end }: Leaf, split: Split): number {
    const bins = this.data.bins[split.feature];
    if (!bins) throw new Error(`No bins for feature ${split.feature}`);
    let [left, right] = [begin, 0];
    for (let i = begin; i < end; i++) {
      const row = rows[i] as number;
      if (split.goesLeft[bins[row] as number] === 1) rows[left++] = row;
      else this.spare[right++] = row;
    }
    rows.set(this.spare.subarray(0, right), left);
    return left;
  }
}

interface GrowContext {
  readonly rows: Uint32Array;
  readonly features: Uint32Array;
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
}

function bestLeaf(leaves: readonly Leaf[]): number {
  let [best, gain] = [-1, 0];
  for (const [i, { split }] of leaves.entries()) {
    if (split && split.gain > gain) [best, gain] = [i, split.gain];
  }
  return best;
}

/** The leaf of a row by its bins. */
export function leafOf({ nodes }: GrownTree, bins: readonly Uint8Array[], row: number): number {
  let node = nodes.length > 0 ? 0 : -1;
  while (node >= 0) {
    const { split, left, right } = nodes[node] as Node;
    const bin = (bins[split.feature] as Uint8Array)[row] as number;
    node = split.goesLeft[bin] === 1 ? left : right;
  }
  return -1 - node;
}

/** The tree in terms of values instead of bins. */
export function toTreeModel(
  { nodes, values }: GrownTree,
  edgesOf: (feature: number) => Float32Array,
): TreeModel {
  return {
    feature: nodes.map(({ split }) => split.feature),
    threshold: nodes.map(({ split }) => thresholdOf(split, edgesOf(split.feature))),
    default_left: nodes.map(({ split }) => (split.bin < 0 ? 0 : (split.goesLeft.at(-1) ?? 0))),
    categories: nodes.map(({ split }) =>
      split.bin < 0 ? [...split.goesLeft.keys()].filter((bin) => split.goesLeft[bin] === 1) : null,
    ),
    left: nodes.map(({ left }) => left),
    right: nodes.map(({ right }) => right),
    leaf: Array.from(values),
  };
}

/** Largest single-precision number: all present values are below it. */
const ABOVE_ALL = 3.4028234663852886e38;

const thresholdOf = ({ bin }: Pick<Split, 'bin'>, edges: Float32Array) =>
  bin < 0 ? 0 : (edges[bin] ?? ABOVE_ALL);
