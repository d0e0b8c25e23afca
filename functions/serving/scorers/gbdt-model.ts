import { invalid } from '../../shared/errors.ts';

export type Objective = 'binary' | 'regression';

interface NumericFeature {
  readonly name: string;
  readonly type: 'numeric';
}

/**
 * Category `i` has the code `i`; the code after the last stands for every other text (rare in
 * training, or never seen), the one after it for a missing value.
 */
export interface CategoricalFeature {
  readonly name: string;
  readonly type: 'categorical';
  readonly categories: readonly string[];
}

export type Feature = NumericFeature | CategoricalFeature;

/**
 * A tree as parallel arrays over its inner nodes, the root first. A child `c >= 0` is an inner node
 * with a larger index than its parent, `c < 0` is the leaf `-1 - c`. A tree of one leaf has no inner nodes.
 */
export interface TreeModel {
  /** Index of the feature tested by the node. */
  readonly feature: readonly number[];
  /** A value `<=` this single-precision number goes left; unused (0) for categorical features. */
  readonly threshold: readonly number[];
  /** 1 when a missing number goes left. */
  readonly default_left: readonly number[];
  /** For categorical features the codes that go left, else null. */
  readonly categories: readonly (readonly number[] | null)[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** Raw score added by each leaf, learning rate included. */
  readonly leaf: readonly number[];
}

/** The file `model.gbdt.json` of the flavor `slipway.gbdt`. */
export interface GbdtModel {
  readonly format: 'slipway.gbdt';
  readonly version: 1;
  readonly objective: Objective;
  /** Raw score before the first tree: log-odds for `binary`. */
  readonly base_score: number;
  readonly features: readonly Feature[];
  readonly trees: readonly TreeModel[];
}

/** Parses the model file. Throws INVALID_PARAMETER_VALUE with the place of the first fault. */
export function parseGbdt(text: string): GbdtModel {
  let model: GbdtModel;
  try {
    model = JSON.parse(text) as GbdtModel;
  } catch (error) {
    throw invalid(`The gbdt model is not valid JSON: ${(error as Error).message}`);
  }
  if (model?.format !== 'slipway.gbdt' || model.version !== 1) {
    throw invalid("The gbdt model must have format 'slipway.gbdt' and version 1");
  }
  if (model.objective !== 'binary' && model.objective !== 'regression') {
    throw invalid(`The gbdt model has the unknown objective ${JSON.stringify(model.objective)}`);
  }
  if (!Number.isFinite(model.base_score)) throw invalid('base_score must be a finite number');
  if (!Array.isArray(model.features) || !Array.isArray(model.trees)) {
    throw invalid('The gbdt model must have features and trees');
  }
  for (const [i, feature] of model.features.entries()) checkFeature(feature, i);
  for (const [i, tree] of model.trees.entries()) checkTree(tree, model.features, `trees[${i}]`);
  return model;
}

function checkFeature(feature: Feature, index: number): void {
  if (typeof feature?.name !== 'string') throw invalid(`features[${index}] has no name`);
  if (feature.type === 'numeric') return;
  if (feature.type !== 'categorical') throw invalid(`features[${index}] has an unknown type`);
  const { categories } = feature;
  if (!Array.isArray(categories) || categories.some((text) => typeof text !== 'string')) {
    throw invalid(`features[${index}].categories must be an array of texts`);
  }
}

/** A tree that passes ends for every row: children come after their parents. */
function checkTree(tree: TreeModel, features: readonly Feature[], at: string): void {
  const arrays = [tree?.feature, tree?.threshold, tree?.default_left, tree?.categories];
  const { left, right, leaf } = tree ?? {};
  const nodes = left?.length ?? -1;
  if (
    !Array.isArray(leaf) ||
    [...arrays, right].some((a) => !Array.isArray(a) || a.length !== nodes)
  ) {
    throw invalid(`${at} must have equally long arrays and leaves`);
  }
  if (leaf.length !== nodes + 1) throw invalid(`${at} must have one leaf more than inner nodes`);
  if (!leaf.every(Number.isFinite)) throw invalid(`${at} has a leaf that is no finite number`);
  for (let node = 0; node < nodes; node++) {
    for (const child of [left[node], right[node]]) {
      const inside =
        Number.isInteger(child) &&
        (Number(child) < 0
          ? -1 - Number(child) <= nodes
          : Number(child) > node && Number(child) < nodes);
      if (!inside) throw invalid(`${at}: node ${node} has the impossible child ${child}`);
    }
    const feature = features[tree.feature[node] ?? -1];
    if (!feature) throw invalid(`${at}: node ${node} tests an unknown feature`);
    const set = tree.categories[node];
    if (
      feature.type === 'categorical' ? !isCodes(set, feature.categories.length + 2) : set !== null
    ) {
      throw invalid(`${at}: node ${node} has no valid set of categories`);
    }
    if (!Number.isFinite(tree.threshold[node])) {
      throw invalid(`${at}: node ${node} has no finite threshold`);
    }
  }
}

const isCodes = (set: unknown, count: number) =>
  Array.isArray(set) && set.every((code) => Number.isInteger(code) && code >= 0 && code < count);
