import { describe, expect, it } from 'vitest';
import { loadLinear } from '../../../../functions/serving/scorers/linear.ts';

const MODEL = {
  format: 'slipway.linear',
  version: 1,
  objective: 'regression',
  intercept: 1,
  features: [
    { name: 'a', weight: 2, impute: 10 },
    { name: 'b', weight: -1, impute: 0 },
  ],
};

const score = (model: object) => [
  ...loadLinear(JSON.stringify(model)).score({
    length: 2,
    columns: new Map<string, unknown[]>([
      ['a', [3, null]],
      ['b', [1, true]],
    ]),
  }),
];

describe('a linear model', () => {
  it('weighs its features and imputes what is missing', () => {
    expect(score(MODEL)).toEqual([6, 20]);
  });

  it('answers probabilities for a binary objective', () => {
    expect(score({ ...MODEL, objective: 'binary', intercept: -5 })[0]).toBe(0.5);
  });

  it.each([
    [{ ...MODEL, version: 2 }, 'version 1'],
    [{ ...MODEL, objective: 'ranking' }, 'unknown objective "ranking"'],
    [{ ...MODEL, intercept: null }, 'intercept must be a finite number'],
    [{ ...MODEL, features: [{ name: 'a', weight: 1 }] }, 'features[0] must have'],
  ])('refuses %j', (model, message) => {
    expect(() => score(model)).toThrow(message);
  });
});
