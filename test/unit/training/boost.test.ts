import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGbdt, loadGbdt } from '../../../functions/serving/scorers/gbdt.ts';
import { metricsOf, rocAuc } from '../../../lib/training/images/gbdt/model/metrics.ts';
import type { Progress } from '../../../lib/training/images/gbdt/trees/boost.ts';
import { boost, inputOf, noisyExamples, numbers, options, texts } from './examples.ts';

const logLoss = (scores: Float64Array, labels: Float64Array) =>
  metricsOf('binary', scores, labels).log_loss;

describe('boosting', () => {
  it('predicts in the scorer exactly what it predicted in training, whatever the data', () => {
    void fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(1000),
          max_leaves: fc.integer({ min: 2, max: 20 }),
          max_bins: fc.integer({ min: 3, max: 256 }),
          bagging_fraction: fc.constantFrom(0.5, 1),
          feature_fraction: fc.constantFrom(0.5, 1),
        }),
        (changes) => {
          const examples = noisyExamples(400, changes.seed);
          const seen: Progress[] = [];
          const { model } = boost(
            examples,
            undefined,
            options({ ...changes, trees: 8, min_child_samples: 3 }),
            (progress) => seen.push(progress),
          );
          const scores = compileGbdt(model).score(inputOf(examples.features, 400));
          expect(logLoss(scores, examples.labels)).toBeCloseTo(seen.at(-1)!.trainLoss, 12);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('keeps its predictions through JSON', () => {
    const examples = noisyExamples(500, 1);
    const { model } = boost(examples, undefined, options());
    const input = inputOf(examples.features, 500);
    expect(loadGbdt(JSON.stringify(model)).score(input)).toEqual(compileGbdt(model).score(input));
  });

  it('finds a number, an interaction, a missing value and a category', () => {
    const { model, importance } = boost(noisyExamples(4000, 2), undefined, options({ trees: 60 }));
    const fresh = noisyExamples(4000, 3);
    const scores = compileGbdt(model).score(inputOf(fresh.features, 4000));
    // On these rows HistGradientBoostingClassifier (scikit-learn 1.9.1) reaches 0.8304, LightGBM 0.8314.
    expect(rocAuc(scores, fresh.labels)).toBeGreaterThan(0.8314 - 0.003);
    expect(importance.map(({ splits }) => splits).every((splits) => splits > 0)).toBe(true);
    expect(importance.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it('takes the Newton step with L2 in every leaf', () => {
    // One split between two groups: value = -G / (H + λ) · rate, here H = rows as the loss is squared.
    const features = [numbers('x', [0, 0, 1, 1])];
    const { model } = boost(
      { features, labels: Float64Array.of(0, 2, 5, 9) },
      undefined,
      options({
        objective: 'regression',
        trees: 1,
        min_child_samples: 1,
        lambda_l2: 2,
        learning_rate: 0.5,
      }),
    );
    expect(model.base_score).toBe(4);
    expect(model.trees[0]).toMatchObject({ threshold: [0.5], leaf: [-0.75, 0.75] });
  });

  it('sends missing values to the side that they resemble', () => {
    const x = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? Number.NaN : i % 3));
    const labels = Float64Array.from(x, (value) => (value === 2 || Number.isNaN(value) ? 1 : 0));
    const { model } = boost({ features: [numbers('x', x)], labels }, undefined, options());
    const [low, high, missing] = compileGbdt(model).score(
      inputOf([numbers('x', [1, 2, Number.NaN])], 3),
    );
    expect(low).toBeLessThan(0.2);
    expect(high).toBeGreaterThan(0.8);
    expect(missing).toBe(high);
  });

  it('sends categories that training never saw with the larger child', () => {
    const city = Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 'A' : `B${i % 4}`));
    const labels = Float64Array.from(city, (name, i) => (name === 'A' ? 1 : i % 10 === 0 ? 1 : 0));
    const { model } = boost({ features: [texts('city', city)], labels }, undefined, options());
    const [a, , unseen] = compileGbdt(model).score({
      length: 3,
      columns: new Map([['city', ['A', 'B1', 'Z']]]),
    });
    expect(a).toBeGreaterThan(0.8);
    expect(unseen).toBeLessThan(0.4);
  });

  it('ends where the validation loss was lowest', () => {
    const losses: number[] = [];
    const { model } = boost(
      noisyExamples(300, 4),
      noisyExamples(300, 5),
      options({ trees: 500, early_stopping_rounds: 10, learning_rate: 0.3 }),
      ({ validLoss }) => losses.push(validLoss!),
    );
    expect(losses.length).toBeLessThan(500);
    expect(model.trees).toHaveLength(losses.indexOf(Math.min(...losses)) + 1);
  });

  it('gives the same model for the same seed, another for another', () => {
    const examples = noisyExamples(500, 6);
    const train = (seed: number) =>
      boost(examples, undefined, options({ seed, bagging_fraction: 0.5 })).model;
    expect(train(1)).toEqual(train(1));
    expect(train(1)).not.toEqual(train(2));
  });

  it('obeys the limits of leaves, depth and rows', () => {
    const examples = noisyExamples(1000, 7);
    const { model } = boost(examples, undefined, options({ max_leaves: 6 }));
    expect(model.trees.every(({ leaf }) => leaf.length <= 6)).toBe(true);
    const stumps = boost(examples, undefined, options({ max_depth: 1 })).model;
    expect(stumps.trees.every(({ leaf }) => leaf.length === 2)).toBe(true);
    const none = boost(examples, undefined, options({ min_child_samples: 501 })).model;
    expect(none.trees.every(({ leaf }) => leaf.length === 1)).toBe(true);
  });

  it('splits what only being present tells apart', () => {
    const x = Array.from({ length: 200 }, (_, i) => (i % 2 ? 7 : Number.NaN));
    const labels = Float64Array.from(x, (value) => (Number.isNaN(value) ? 0 : 1));
    const { model } = boost({ features: [numbers('x', x)], labels }, undefined, options());
    const [present, missing] = compileGbdt(model).score(
      inputOf([numbers('x', [7, Number.NaN])], 2),
    );
    expect(present! - missing!).toBeGreaterThan(0.6);
  });
});
