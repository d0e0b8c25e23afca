import { describe, expect, it } from 'vitest';
import { loadGbdt } from '../../../../functions/serving/scorers/gbdt.ts';
import type { GbdtModel } from '../../../../functions/serving/scorers/gbdt-model.ts';

const MODEL: GbdtModel = {
  format: 'slipway.gbdt',
  version: 1,
  objective: 'regression',
  base_score: 10,
  features: [
    { name: 'x', type: 'numeric' },
    { name: 'city', type: 'categorical', categories: ['A', 'B'] },
  ],
  trees: [
    {
      feature: [0, 1],
      threshold: [0.5, 0],
      default_left: [0, 0],
      categories: [null, [0, 3]],
      left: [-1, -2],
      right: [1, -3],
      leaf: [1, 2, 4],
    },
    {
      feature: [],
      threshold: [],
      default_left: [],
      categories: [],
      left: [],
      right: [],
      leaf: [0.25],
    },
  ],
};

const score = (model: GbdtModel, x: unknown[], city: unknown[]) => [
  ...loadGbdt(JSON.stringify(model)).score({
    length: x.length,
    columns: new Map([
      ['x', x],
      ['city', city],
    ]),
  }),
];

describe('a gbdt model', () => {
  it('adds the leaves of all trees to the base score', () => {
    expect(score(MODEL, [0.5, 0.6, 0.6], ['B', 'A', 'B'])).toEqual([11.25, 12.25, 14.25]);
  });

  it('scores any number of rows as it scores each alone', () => {
    const numbers = Array.from({ length: 1000 }, (_, row) => (row % 7) / 5);
    const cities = Array.from({ length: 1000 }, (_, row) => ['A', 'B', 'C', null][row % 4]);
    const alone = numbers.map((x, row) => score(MODEL, [x], [cities[row]])[0]);
    expect(score(MODEL, numbers, cities)).toEqual(alone);
  });

  it('sends missing numbers, missing categories and unseen categories where training said', () => {
    expect(score(MODEL, [null, Number.NaN, 1], [null, '', 'unseen'])).toEqual([
      12.25, 12.25, 14.25,
    ]);
    const left = { ...MODEL, trees: [{ ...MODEL.trees[0]!, default_left: [1, 0] }] };
    expect(score(left, [null], ['B'])).toEqual([11]);
  });

  it('compares numbers in single precision', () => {
    const tree = { ...MODEL.trees[0]!, threshold: [Math.fround(0.1), 0] };
    expect(score({ ...MODEL, trees: [tree] }, [0.1], ['A'])).toEqual([11]);
  });

  it('answers probabilities for a binary objective', () => {
    expect(score({ ...MODEL, objective: 'binary', trees: [], base_score: 0 }, [1], ['A'])).toEqual([
      0.5,
    ]);
  });

  it('refuses values and columns that it cannot take', () => {
    expect(() => score(MODEL, ['much'], ['A'])).toThrow("Column 'x' takes numbers");
    const scorer = loadGbdt(JSON.stringify(MODEL));
    expect(() => scorer.score({ length: 1, columns: new Map([['x', [1]]]) })).toThrow(
      "The input has no column 'city'",
    );
  });

  it.each([
    ['no JSON', '{', 'not valid JSON'],
    ['another format', '{"format":"xgboost"}', "format 'slipway.gbdt'"],
    [
      'a tree that would never end',
      JSON.stringify({ ...MODEL, trees: [{ ...MODEL.trees[0], right: [0, -3] }] }),
      'trees[0]: node 0 has the impossible child 0',
    ],
    [
      'a leaf that does not exist',
      JSON.stringify({ ...MODEL, trees: [{ ...MODEL.trees[0], left: [-9, -2] }] }),
      'impossible child -9',
    ],
    [
      'an unknown feature',
      JSON.stringify({ ...MODEL, trees: [{ ...MODEL.trees[0], feature: [7, 1] }] }),
      'unknown feature',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => loadGbdt(text)).toThrow(message);
  });
});
