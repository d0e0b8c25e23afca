import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawOf } from '../../../../functions/pipelines/tuning/draw.ts';
import {
  directionOf,
  trialCount,
  trialHyperparameters,
  tuningSchema,
} from '../../../../functions/pipelines/tuning/tuning.ts';
import { parseValue } from '../../../../functions/shared/http/json-api.ts';

const random = { strategy: 'random', trials: 10, metric: 'roc_auc' };
const grid = { strategy: 'grid', metric: 'log_loss' };
const parse = (tuning: object) => parseValue(tuning, tuningSchema);
const trialsOf = (tuning: object) => {
  const parsed = parse(tuning);
  return Array.from({ length: trialCount(parsed) }, (_, trial) =>
    trialHyperparameters(parsed, trial, drawOf),
  );
};

describe('the definition of a tuning', () => {
  it.each([
    [{ ...random, space: {} }, 'space: must have at least one'],
    [{ ...random, trials: undefined, space: { a: [1, 2] } }, 'trials: is needed with'],
    [{ ...random, trials: 501, space: { a: [1, 2] } }, 'trials: '],
    [{ ...random, space: { a: [] } }, 'space.a: '],
    [{ ...random, space: { a: [{}] } }, 'space.a.0: must be a text'],
    [{ ...random, space: { a: 3 } }, 'space.a: '],
    [{ ...random, space: { a: { min: 1 } } }, 'space.a.max: '],
    [{ ...random, space: { a: { min: 2, max: 1 } } }, 'space.a.max: must be above min'],
    [{ ...random, space: { a: { min: 0, max: 1, scale: 'log' } } }, 'space.a.min: must be above 0'],
    [{ ...random, space: { a: { min: 0, max: 1, step: 2 } } }, 'space.a: '],
    [{ ...random, space: { a: { values: 3 } } }, 'space.a.values: '],
    [{ ...random, space: { label: ['x'] } }, 'space.label: is set by the definition'],
    [{ ...random, metric: 'lift', space: { a: [1, 2] } }, 'direction: is needed: the name lift'],
    [{ ...grid, space: { a: { min: 0, max: 1 } } }, 'space.a.points: is needed'],
    [{ ...grid, trials: 5, space: { a: [1, 2, 3], b: [1, 2] } }, 'space: has 6 combinations'],
    [{ ...grid, colour: 'red', space: { a: [1] } }, 'colour'],
  ])('refuses %j with the path', (tuning, message) => {
    expect(() => parse(tuning)).toThrow(message);
  });

  it.each([
    ['roc_auc', 'maximize'],
    ['val_f1', 'maximize'],
    ['log_loss', 'minimize'],
    ['rmse', 'minimize'],
  ])('knows what is better of %s', (metric, direction) => {
    expect(directionOf({ metric })).toBe(direction);
    expect(directionOf({ metric, direction: 'minimize' })).toBe('minimize');
  });
});

describe('a grid', () => {
  it('has every combination once, the last name changing fastest', () => {
    const space = { depth: [3, 5], rate: { min: 0.01, max: 1, scale: 'log', points: 3 } };
    expect(trialsOf({ ...grid, space })).toEqual([
      { depth: 3, rate: 0.01 },
      { depth: 3, rate: 0.1 },
      { depth: 3, rate: 1 },
      { depth: 5, rate: 0.01 },
      { depth: 5, rate: 0.1 },
      { depth: 5, rate: 1 },
    ]);
  });

  it('takes two numbers as two values, and repeated ones as one', () => {
    expect(trialsOf({ ...grid, space: { a: [1, 9, 1] } })).toEqual([{ a: 1 }, { a: 9 }]);
    expect(trialsOf({ ...grid, space: { a: { min: 1, max: 3, points: 5 } } })).toHaveLength(3);
  });
});

interface Drawn {
  readonly rate: number;
  readonly lambda: number;
  readonly kind: string;
}

describe('random trials', () => {
  const space = {
    rate: [0.02, 0.3],
    lambda: { min: 1e-4, max: 10, scale: 'log' },
    leaves: { min: 8, max: 64 },
    share: { min: 0, max: 1, integer: true },
    kind: ['a', 'b', 'c'],
    flag: { values: [true, false] },
  };

  it('stay within the space, and are the same for the same seed and number', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 499 }), (seed, trial) => {
        const tuning = parse({ ...random, trials: 500, seed, space });
        const drawn = trialHyperparameters(tuning, trial, drawOf);
        const stored = { ...tuning, space: Object.fromEntries(Object.entries(space).reverse()) };
        expect(trialHyperparameters(stored, trial, drawOf)).toEqual(drawn);
        const { rate, lambda, leaves, share, kind, flag } = drawn as Record<string, number>;
        expect(rate).toBeGreaterThanOrEqual(0.02);
        expect(rate).toBeLessThanOrEqual(0.3);
        expect(lambda).toBeGreaterThanOrEqual(1e-4);
        expect(lambda).toBeLessThanOrEqual(10);
        expect(Number.isInteger(leaves)).toBe(true);
        expect(leaves).toBeGreaterThanOrEqual(8);
        expect(leaves).toBeLessThanOrEqual(64);
        expect([0, 1]).toContain(share);
        expect(['a', 'b', 'c']).toContain(kind);
        expect([true, false]).toContain(flag);
      }),
    );
  });

  it('are spread evenly, on a logarithmic scale by magnitude, and differ between seeds', () => {
    const trials = trialsOf({ ...random, trials: 500, space });
    const share = (test: (trial: Drawn) => boolean) =>
      trials.filter((trial) => test(trial as unknown as Drawn)).length / trials.length;
    // The probabilities are exact; five standard deviations of 500 draws are 0.11.
    expect(share(({ rate }) => rate < 0.16)).toBeGreaterThan(0.39);
    expect(share(({ rate }) => rate < 0.16)).toBeLessThan(0.61);
    expect(share(({ lambda }) => lambda < 1e-2)).toBeGreaterThan(0.3);
    expect(share(({ lambda }) => lambda < 1e-2)).toBeLessThan(0.5);
    expect(share(({ kind }) => kind === 'a')).toBeGreaterThan(0.22);
    expect(share(({ kind }) => kind === 'a')).toBeLessThan(0.45);
    const leaves = new Set(trials.map((trial) => trial.leaves));
    expect(leaves).toContain(8);
    expect(leaves).toContain(64);
    expect(trialsOf({ ...random, trials: 500, seed: 1, space })).not.toEqual(trials);
    expect(trialsOf({ ...random, trials: 5, space })).toEqual(trials.slice(0, 5));
  });
});
