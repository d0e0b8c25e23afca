import type { GbdtModel, TreeModel } from './gbdt-model.ts';

/** Leaves of a tree that fit into a word. */
const MAX_LEAVES = 32;

/** Words of all tables of a model: 16 MB. */
const MAX_WORDS = 4 * 1024 * 1024;

/** Adds the leaves of all trees to the scores of a matrix' rows, in the order of the trees. */
export type AddLeaves = (matrix: Float32Array, width: number, scores: Float64Array) => void;

/** A split of a tree, with the leaves that a row can still reach once it went right. */
interface Test {
  readonly tree: number;
  readonly threshold: number;
  readonly defaultLeft: boolean;
  readonly categories: ReadonlySet<number> | null;
  /** Bits of the leaves that stay. */
  readonly mask: number;
}

interface FeatureTable {
  /** Distinct thresholds in order; absent for a category, whose code is its row. */
  readonly thresholds?: Float32Array;
  /** First word in the table. */
  readonly first: number;
  /** Row of a missing number, the last one. */
  readonly missing: number;
}

/**
 * Scores many rows without following a branch. For each interval of a feature's values a table has one word
 * per tree: the leaves that stay reachable with such a value. The words of a row's features are combined by AND;
 * the lowest bit that is left is the row's leaf. After QuickScorer (Lucchese et al., SIGIR 2015).
 * Undefined for a model whose trees or tables are too large.
 */
export function compileLeafMasks(model: GbdtModel): AddLeaves | undefined {
  if (model.trees.some(({ leaf }) => leaf.length > MAX_LEAVES)) return undefined;
  const trees = model.trees.length;
  const leaves = new Float64Array(trees * MAX_LEAVES);
  const tests = model.features.map((): Test[] => []);
  for (const [number, tree] of model.trees.entries()) takeTree(tree, number, leaves, tests);
  let words = 0;
  const features = model.features.map((feature, f): FeatureTable => {
    const first = words;
    if (feature.type === 'categorical') {
      const missing = feature.categories.length + 1;
      words += (missing + 1) * trees;
      return { first, missing };
    }
    const all = (tests[f] ?? []).map(({ threshold }) => threshold);
    const thresholds = Float32Array.from(new Set(all)).sort();
    words += (thresholds.length + 2) * trees;
    return { first, thresholds, missing: thresholds.length + 1 };
  });
  if (words > MAX_WORDS) return undefined;
  const table = new Int32Array(words).fill(-1);
  for (const [f, feature] of features.entries()) fill(table, trees, feature, tests[f] ?? []);
  return (matrix, width, scores) =>
    addLeaves({ table, features, leaves, trees }, matrix, width, scores);
}

/** Numbers the leaves from left to right, and notes which ones each test takes away. */
function takeTree(tree: TreeModel, number: number, leaves: Float64Array, tests: Test[][]): void {
  let next = 0;
  const leavesUnder = (child: number): number => {
    if (child < 0) {
      leaves[number * MAX_LEAVES + next] = tree.leaf[-1 - child] ?? 0;
      return 1 << next++;
    }
    const left = leavesUnder(tree.left[child] ?? -1);
    const right = leavesUnder(tree.right[child] ?? -1);
    const codes = tree.categories[child];
    tests[tree.feature[child] ?? 0]?.push({
      tree: number,
      threshold: Math.fround(tree.threshold[child] ?? 0),
      defaultLeft: tree.default_left[child] === 1,
      categories: codes ? new Set(codes) : null,
      mask: ~left,
    });
    return left | right;
  };
  leavesUnder(tree.left.length > 0 ? 0 : -1);
}

/** A row of the table for every code, or for every interval between two thresholds and for none. */
function fill(
  table: Int32Array,
  trees: number,
  { thresholds, first, missing }: FeatureTable,
  tests: readonly Test[],
): void {
  const take = (row: number, { tree, mask }: Test) => {
    const at = first + row * trees + tree;
    table[at] = (table[at] as number) & mask;
  };
  if (!thresholds) {
    for (const test of tests) {
      for (let code = 0; code <= missing; code++) {
        if (!test.categories?.has(code)) take(code, test);
      }
    }
    return;
  }
  const ordered = tests.toSorted((a, b) => a.threshold - b.threshold);
  let taken = 0;
  for (const [i, threshold] of thresholds.entries()) {
    const at = first + (i + 1) * trees;
    table.copyWithin(at, at - trees, at);
    for (let test = ordered[taken]; test && test.threshold <= threshold; test = ordered[taken]) {
      take(i + 1, test);
      taken++;
    }
  }
  for (const test of tests) if (!test.defaultLeft) take(missing, test);
}

interface Tables {
  readonly table: Int32Array;
  readonly features: readonly FeatureTable[];
  readonly leaves: Float64Array;
  readonly trees: number;
}

function addLeaves(
  { table, features, leaves, trees }: Tables,
  matrix: Float32Array,
  width: number,
  scores: Float64Array,
): void {
  const reachable = new Int32Array(trees);
  const at = new Int32Array(width);
  for (let row = 0; row < scores.length; row++) {
    for (let f = 0; f < width; f++) {
      const { thresholds, first, missing } = features[f] as FeatureTable;
      const value = matrix[row * width + f] as number;
      let interval = value;
      if (thresholds) interval = Number.isNaN(value) ? missing : below(thresholds, value);
      at[f] = first + interval * trees;
    }
    reachable.fill(-1);
    let f = 0;
    // Four features at a time: the words of the trees are read and written less often.
    for (; f + 3 < width; f += 4) {
      const [a, b, c, d] = [at[f], at[f + 1], at[f + 2], at[f + 3]] as [
        number,
        number,
        number,
        number,
      ];
      for (let t = 0; t < trees; t++) {
        const both = (table[a + t] as number) & (table[b + t] as number);
        const others = (table[c + t] as number) & (table[d + t] as number);
        reachable[t] = (reachable[t] as number) & both & others;
      }
    }
    for (; f < width; f++) {
      const a = at[f] as number;
      for (let t = 0; t < trees; t++)
        reachable[t] = (reachable[t] as number) & (table[a + t] as number);
    }
    let score = scores[row] as number;
    for (let t = 0; t < trees; t++) {
      const left = reachable[t] as number;
      score += leaves[t * MAX_LEAVES + 31 - Math.clz32(left & -left)] as number;
    }
    scores[row] = score;
  }
}

/** How many of the ordered thresholds are less than the value. */
function below(thresholds: Float32Array, value: number): number {
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((thresholds[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
