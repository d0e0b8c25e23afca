import type { GbdtModel, TreeModel } from '../../../../../functions/serving/scorers/gbdt-model.ts';
import type { FeatureColumn } from '../data/columns.ts';
import { randomStream, sampleOf } from '../random.ts';
import { binRows, type FeatureBins, makeBins } from './bins.ts';
import { type FeatureImportance, importanceOf } from './importance.ts';
import { LOSSES } from './loss.ts';
import type { BoostOptions } from './options.ts';
import { type GrownTree, leafOf, TreeGrower, toTreeModel } from './tree.ts';

/** Rows to learn from: features and label, equally long. */
export interface Examples {
  readonly features: readonly FeatureColumn[];
  readonly labels: Float64Array;
}

/** Mean loss after each tree. */
export interface Progress {
  /** Number of trees so far. */
  readonly trees: number;
  readonly trainLoss: number;
  readonly validLoss?: number;
}

/** A tree, and how far the model came with it. */
export interface Step extends Progress {
  readonly tree: GrownTree;
}

export interface Trained {
  readonly model: GbdtModel;
  readonly importance: readonly FeatureImportance[];
}

/**
 * Gradient boosting over histograms (Ke et al. 2017). With validation examples the model ends at the
 * tree where their loss was lowest. The same examples, options and seed give the same model, also when
 * the first trees are those of `restored`, which an earlier run of them yielded. Pauses after each new
 * tree; `next('stop')` makes it end with the trees that it has.
 */
export function* boostStepwise(
  train: Examples,
  valid: Examples | undefined,
  options: BoostOptions,
  restored: readonly Step[] = [],
): Generator<Step, Trained, 'stop' | undefined> {
  const loss = LOSSES[options.objective];
  const bins = train.features.map((column) => makeBins(column, options.max_bins));
  const learner = new Learner(train, bins, options, loss.baseScore(train.labels));
  const checker = valid && new Follower(valid, bins, learner.base);
  const trees: GrownTree[] = [];
  let best = { trees: 0, loss: Number.POSITIVE_INFINITY };
  const take = ({ tree, trainLoss, validLoss }: Omit<Step, 'trees'>) => {
    trees.push(tree);
    if (validLoss === undefined || validLoss < best.loss) {
      best = { trees: trees.length, loss: validLoss ?? trainLoss };
    }
  };
  for (const step of restored) {
    learner.follow(step.tree);
    checker?.follow(step.tree);
    take(step);
  }
  const patience = options.early_stopping_rounds || Number.POSITIVE_INFINITY;
  while (trees.length < options.trees && trees.length - best.trees < patience) {
    const tree = learner.addTree();
    checker?.follow(tree);
    const validLoss = checker && loss.mean(checker.raw, checker.labels);
    const trainLoss = loss.mean(learner.raw, train.labels);
    const step = { tree, trainLoss, ...(validLoss !== undefined && { validLoss }) };
    take(step);
    if ((yield { ...step, trees: trees.length }) === 'stop') break;
  }
  const kept = options.early_stopping_rounds > 0 ? trees.slice(0, best.trees) : trees;
  const features = bins.map(({ feature }) => feature);
  const edgesOf = (feature: number) => bins[feature]?.edges ?? new Float32Array(0);
  return {
    model: {
      format: 'slipway.gbdt',
      version: 1,
      objective: options.objective,
      base_score: learner.base,
      features,
      trees: kept.map((tree): TreeModel => toTreeModel(tree, edgesOf)),
    },
    importance: importanceOf(features, kept),
  };
}

/** Examples whose raw scores follow a growing model. */
class Follower {
  readonly labels: Float64Array;
  readonly raw: Float64Array;
  private readonly bins: Uint8Array[];

  constructor({ features, labels }: Examples, bins: readonly FeatureBins[], base: number) {
    this.labels = labels;
    this.raw = new Float64Array(labels.length).fill(base);
    this.bins = features.map((column, f) => binRows(bins[f] as FeatureBins, column));
  }

  follow(tree: GrownTree): void {
    addScores(this.raw, tree, this.bins);
  }
}

/** Adds to each row's score what the tree says of it. */
function addScores(raw: Float64Array, tree: GrownTree, bins: readonly Uint8Array[]): void {
  for (let row = 0; row < raw.length; row++) {
    const leaf = leafOf(tree, bins, row);
    raw[row] = (raw[row] as number) + (tree.values[leaf] as number);
  }
}

/** The training rows, and what grows trees on them. */
class Learner {
  readonly base: number;
  readonly raw: Float64Array;
  private readonly labels: Float64Array;
  private readonly bins: readonly Uint8Array[];
  private readonly gradients: Float64Array;
  private readonly hessians: Float64Array;
  private readonly grower: TreeGrower;
  private readonly options: BoostOptions;
  private readonly random: () => number;

  constructor(
    { features, labels }: Examples,
    bins: readonly FeatureBins[],
    options: BoostOptions,
    base: number,
  ) {
    const rows = labels.length;
    this.base = base;
    this.labels = labels;
    this.options = options;
    this.bins = features.map((column, f) => binRows(bins[f] as FeatureBins, column));
    this.raw = new Float64Array(rows).fill(base);
    this.gradients = new Float64Array(rows);
    this.hessians = new Float64Array(rows);
    this.random = randomStream(options.seed);
    this.grower = new TreeGrower(
      { rows, counts: bins.map(({ count }) => count), bins: this.bins },
      bins.map(({ feature }) => feature.type === 'categorical'),
      {
        minChildSamples: options.min_child_samples,
        minChildWeight: options.min_child_weight,
        minGain: options.min_gain,
        lambdaL2: options.lambda_l2,
        catSmooth: options.cat_smooth,
        catL2: options.cat_l2,
        maxCatThreshold: options.max_cat_threshold,
        minCategoryRows: options.min_category_rows,
        maxLeaves: options.max_leaves,
        maxDepth: options.max_depth,
        learningRate: options.learning_rate,
      },
    );
  }

  addTree(): GrownTree {
    const { raw, labels, gradients, hessians, options } = this;
    LOSSES[options.objective].derivatives(raw, labels, gradients, hessians);
    const { rows, features } = this.draw();
    const tree = this.grower.grow(rows, features, gradients, hessians);
    if (rows.length === raw.length) {
      for (const [leaf, value] of tree.values.entries()) {
        for (const row of tree.rowsOf(leaf)) raw[row] = (raw[row] as number) + value;
      }
    } else addScores(raw, tree, this.bins);
    return tree;
  }

  /** Takes over the tree that `addTree` would grow next. */
  follow(tree: GrownTree): void {
    // The trees after it are grown on the draws after its own.
    this.draw();
    addScores(this.raw, tree, this.bins);
  }

  private draw() {
    const { bagging_fraction, feature_fraction } = this.options;
    const rows = this.sample(this.raw.length, bagging_fraction);
    return { rows, features: this.sample(this.bins.length, feature_fraction) };
  }

  private sample(total: number, fraction: number): Uint32Array {
    return sampleOf(total, Math.max(1, Math.round(total * fraction)), this.random);
  }
}
