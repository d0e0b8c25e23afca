import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGbdt } from '../../../../functions/serving/scorers/gbdt.ts';
import type { GbdtModel, TreeModel } from '../../../../functions/serving/scorers/gbdt-model.ts';
import { compileLeafMasks } from '../../../../functions/serving/scorers/leaf-masks.ts';

const CATEGORIES = ['a', 'b', 'c'];
const features: GbdtModel['features'] = [
  { name: 'x', type: 'numeric' },
  { name: 'y', type: 'numeric' },
  { name: 'city', type: 'categorical', categories: CATEGORIES },
  { name: 'z', type: 'numeric' },
  { name: 'w', type: 'numeric' },
];

/** A tree of the given shape: each number says which open place the next test takes. */
function treeOf(tests: readonly (readonly [number, number, number, number])[]): TreeModel {
  const tree = {
    feature: [] as number[],
    threshold: [] as number[],
    default_left: [] as number[],
    categories: [] as (number[] | null)[],
    left: [] as number[],
    right: [] as number[],
    leaf: [] as number[],
  };
  const open: (readonly ['left' | 'right', number])[] = [];
  for (const [i, [place, feature, threshold, bits]] of tests.entries()) {
    if (i > 0) {
      const [[side, parent] = ['left', 0] as const] = open.splice(place % open.length, 1);
      tree[side][parent] = i;
    }
    const categorical = feature === 2;
    tree.feature.push(feature);
    tree.threshold.push(categorical ? 0 : Math.fround(threshold / 10));
    tree.default_left.push(categorical ? 0 : bits & 1);
    tree.categories.push(categorical ? [0, 1, 2, 3, 4].filter((code) => (bits >> code) & 1) : null);
    open.push(['left', i], ['right', i]);
  }
  for (const [side, parent] of open) {
    tree[side][parent] = -1 - tree.leaf.length;
    tree.leaf.push(Math.fround((tree.leaf.length + 1) / 7));
  }
  if (tests.length === 0) tree.leaf.push(0.125);
  return tree;
}

const test = fc.tuple(fc.nat(30), fc.nat(4), fc.integer({ min: -20, max: 20 }), fc.nat(31));
const models = fc.array(fc.array(test, { maxLength: 31 }), { minLength: 1, maxLength: 8 });
const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map((tenths) => Math.fround(tenths / 10)),
  fc.constantFrom(null, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0),
);
const rows = fc.array(
  fc.tuple(number, number, fc.constantFrom(...CATEGORIES, 'other', null), number, number),
  { minLength: 1, maxLength: 40 },
);

const modelOf = (trees: TreeModel[]): GbdtModel => ({
  format: 'slipway.gbdt',
  version: 1,
  objective: 'regression',
  base_score: 0.5,
  features,
  trees,
});

/** The same rows again and again, or once: many are scored by tables, few by following the trees. */
function score(model: GbdtModel, all: readonly (readonly unknown[])[], times: number): number[] {
  const repeated = Array.from({ length: times }, () => all).flat();
  const columns = new Map(features.map(({ name }, f) => [name, repeated.map((row) => row[f])]));
  const scores = compileGbdt(model).score({ length: repeated.length, columns });
  return [...scores].slice(0, all.length);
}

describe('many rows', () => {
  it('are scored exactly as each of them alone, whatever the trees', () => {
    fc.assert(
      fc.property(models, rows, (tests, given) => {
        const model = modelOf(tests.map(treeOf));
        expect(compileLeafMasks(model)).toBeDefined();
        expect(score(model, given, 1000)).toEqual(score(model, given, 1));
      }),
      { numRuns: 60 },
    );
  });

  it('of trees with more leaves than a word has bits are scored by following them', () => {
    const wide = treeOf(Array.from({ length: 40 }, (_, i) => [i, i % 2, i % 7, 1] as const));
    expect(compileLeafMasks(modelOf([wide]))).toBeUndefined();
    const given = [[0.1, 0.3, 'a', null, 1]];
    expect(score(modelOf([wide]), given, 1000)).toEqual(score(modelOf([wide]), given, 1));
  });

  it('make no tables that take more memory than the model is worth', () => {
    const tree = (number: number) =>
      treeOf(Array.from({ length: 31 }, (_, i) => [i, i % 2, number * 31 + i, 1] as const));
    const trees = Array.from({ length: 500 }, (_, i) => tree(i));
    expect(compileLeafMasks(modelOf(trees))).toBeUndefined();
  });
});
