import type {
  CategoricalFeature,
  GbdtModel,
  TreeModel,
} from '../../../../../functions/serving/scorers/gbdt-model.ts';
import {
  CAST_TO,
  floatsAttribute,
  intAttribute,
  intsAttribute,
  ML_DOMAIN,
  OnnxGraph,
  stringsAttribute,
} from './onnx-graph.ts';

/**
 * Writes the model as ONNX. Every feature is an input of shape [rows, 1]: numbers as float (NaN is
 * missing), categories as string (the empty string is missing). A subset of categories becomes a column
 * of zeros and ones, gathered from a table by the category's code, so that trees hold thresholds only.
 * Outputs: `probabilities` [rows, 2] and `label` [rows] of a classifier, `variable` [rows, 1] of a
 * regressor, with underscores after a name that is a feature's. Other names begin with a slash.
 */
export function toOnnx(model: GbdtModel): Uint8Array {
  const graph = new OnnxGraph();
  const columns = new ColumnNumbers();
  const parts: string[] = [];
  for (const [f, feature] of model.features.entries()) {
    if (feature.type === 'numeric') {
      parts.push(graph.input(feature.name, 'float'));
      columns.addNumber(f);
      continue;
    }
    const code = addCodes(graph, f, feature);
    const subsets = subsetsOf(model, f);
    parts.push(addIndicators(graph, f, code, subsets, feature.categories.length + 2));
    for (const subset of subsets) columns.addSubset(f, subset);
  }
  const features = graph.node('Concat', parts, '/features', [intAttribute('axis', 1)]);
  const raw = addTrees(graph, model, columns, features);
  addOutputs(graph, model, raw);
  return graph.encode('slipway');
}

/** Which column of the trees' input holds a feature, or a subset of a categorical one. */
class ColumnNumbers {
  private readonly numbers = new Map<string, number>();

  addNumber(feature: number): void {
    this.numbers.set(`${feature}`, this.numbers.size);
  }

  addSubset(feature: number, subset: readonly number[]): void {
    this.numbers.set(`${feature}:${subset}`, this.numbers.size);
  }

  of(feature: number, subset: readonly number[] | null): number {
    const column = this.numbers.get(subset ? `${feature}:${subset}` : `${feature}`);
    if (column === undefined) throw new Error(`Feature ${feature} has no such column`);
    return column;
  }
}

/** The distinct subsets by which trees split a categorical feature. */
function subsetsOf(model: GbdtModel, feature: number): (readonly number[])[] {
  const subsets = new Map<string, readonly number[]>();
  for (const tree of model.trees) {
    for (const [node, subset] of tree.categories.entries()) {
      if (subset && tree.feature[node] === feature) subsets.set(String(subset), subset);
    }
  }
  // A feature that no tree splits gets one empty column: a Concat needs something to join.
  return subsets.size > 0 ? [...subsets.values()] : [[]];
}

function addCodes(graph: OnnxGraph, f: number, { name, categories }: CategoricalFeature): string {
  const input = graph.input(name, 'string');
  const other = categories.length;
  const codes = graph.node(
    'LabelEncoder',
    [input],
    `/codes_${f}`,
    [
      stringsAttribute('keys_strings', [...categories, '']),
      intsAttribute('values_int64s', [...categories.keys(), other + 1]),
      intAttribute('default_int64', other),
    ],
    ML_DOMAIN,
  );
  return graph.node('Reshape', [codes, graph.int64s(`/flat_${f}`, [-1])], `/flat_codes_${f}`);
}

function addIndicators(
  graph: OnnxGraph,
  f: number,
  code: string,
  subsets: readonly (readonly number[])[],
  codes: number,
): string {
  const table = new Uint8Array(codes * subsets.length);
  for (const [column, subset] of subsets.entries()) {
    for (const row of subset) table[row * subsets.length + column] = 1;
  }
  const constant = graph.bytes(`/subsets_${f}`, codes, table);
  const gathered = graph.node('Gather', [constant, code], `/gathered_${f}`);
  return graph.node('Cast', [gathered], `/indicators_${f}`, [intAttribute('to', CAST_TO.float)]);
}

/** Arrays of the operator TreeEnsembleRegressor: inner nodes first, then the leaves of each tree. */
function treeArrays({ trees }: GbdtModel, columns: ColumnNumbers) {
  const nodes = {
    treeids: [] as number[],
    nodeids: [] as number[],
    featureids: [] as number[],
    truenodeids: [] as number[],
    falsenodeids: [] as number[],
    missing_value_tracks_true: [] as number[],
  };
  const [modes, values]: [string[], number[]] = [[], []];
  const [targetTrees, targetNodes]: [number[], number[]] = [[], []];
  const idOf = (tree: TreeModel, child: number) =>
    child < 0 ? tree.left.length - 1 - child : child;
  for (const [t, tree] of trees.entries()) {
    for (const [node, left] of tree.left.entries()) {
      const feature = tree.feature[node] ?? 0;
      const subset = tree.categories[node] ?? null;
      const [ifLeft, ifRight] = [idOf(tree, left), idOf(tree, tree.right[node] ?? -1)];
      nodes.treeids.push(t);
      nodes.nodeids.push(node);
      nodes.featureids.push(columns.of(feature, subset));
      modes.push('BRANCH_LEQ');
      // The indicator of a subset is 1 on its left.
      values.push(subset ? 0.5 : (tree.threshold[node] ?? 0));
      nodes.truenodeids.push(subset ? ifRight : ifLeft);
      nodes.falsenodeids.push(subset ? ifLeft : ifRight);
      nodes.missing_value_tracks_true.push(subset ? 0 : (tree.default_left[node] ?? 0));
    }
    for (let leaf = 0; leaf < tree.leaf.length; leaf++) {
      const id = idOf(tree, -1 - leaf);
      for (const list of Object.values(nodes)) list.push(0);
      nodes.treeids[nodes.treeids.length - 1] = t;
      nodes.nodeids[nodes.nodeids.length - 1] = id;
      modes.push('LEAF');
      values.push(0);
      targetTrees.push(t);
      targetNodes.push(id);
    }
  }
  return { nodes, modes, values, targetTrees, targetNodes };
}

function addTrees(
  graph: OnnxGraph,
  model: GbdtModel,
  columns: ColumnNumbers,
  features: string,
): string {
  const { nodes, modes, values, targetTrees, targetNodes } = treeArrays(model, columns);
  return graph.node(
    'TreeEnsembleRegressor',
    [features],
    model.objective === 'binary' ? '/raw' : graph.freeName('variable'),
    [
      intAttribute('n_targets', 1),
      floatsAttribute('base_values', [model.base_score]),
      ...Object.entries(nodes).map(([name, list]) => intsAttribute(`nodes_${name}`, list)),
      stringsAttribute('nodes_modes', modes),
      floatsAttribute('nodes_values', values),
      intsAttribute('target_treeids', targetTrees),
      intsAttribute('target_nodeids', targetNodes),
      intsAttribute('target_ids', new Array<number>(targetNodes.length).fill(0)),
      floatsAttribute(
        'target_weights',
        model.trees.flatMap(({ leaf }) => leaf),
      ),
    ],
    ML_DOMAIN,
  );
}

function addOutputs(graph: OnnxGraph, model: GbdtModel, raw: string): void {
  if (model.objective === 'regression') {
    graph.output(raw, 'float', 1);
    return;
  }
  const positive = graph.node('Sigmoid', [raw], '/positive');
  const negative = graph.node('Sub', [graph.floats('/one', [1]), positive], '/negative');
  const axis = [intAttribute('axis', 1)];
  const probabilities = graph.freeName('probabilities');
  graph.output(graph.node('Concat', [negative, positive], probabilities, axis), 'float', 2);
  const flat = graph.node('Reshape', [positive, graph.int64s('/flat', [-1])], '/flat_positive');
  const chosen = graph.node('GreaterOrEqual', [flat, graph.floats('/half', [0.5])], '/chosen');
  const to = [intAttribute('to', CAST_TO.int64)];
  graph.output(graph.node('Cast', [chosen], graph.freeName('label'), to), 'int64');
}
