import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrap } from '../../../../functions/promotion/statistics/bootstrap.ts';
import { type Rule, wins } from '../../../../functions/promotion/statistics/comparison.ts';
import { delong, midranks, placements } from '../../../../functions/promotion/statistics/delong.ts';
import { exactP, mcnemar, midP } from '../../../../functions/promotion/statistics/mcnemar.ts';
import { weightedMetric } from '../../../../functions/validation/metrics.ts';
import { first, labels, second } from './sixty-rows.ts';

const superior: Rule = { rule: 'superior', margin: 0, alpha: 0.05, direction: 'higher' };
const paired = { labels, challenger: first, champion: second };

describe('delong', () => {
  it('agrees with the direct quadratic computation', () => {
    const found = delong(paired, superior);

    expect(found.challenger).toBeCloseTo(0.824375, 12);
    expect(found.champion).toBeCloseTo(0.63375, 12);
    expect(found.estimate).toBeCloseTo(0.190625, 12);
    expect(found.interval[0]).toBeCloseTo(0.04304248914760439, 12);
    expect(found.interval[1]).toBeCloseTo(0.3382075108523959, 12);
    expect(found.p_value).toBeCloseTo(0.016811014852175638, 12);
    expect(found.confidence).toBeCloseTo(0.9, 12);
    expect(wins(found, superior)).toBe(true);
  });

  it('demands more with a margin and less for non-inferiority', () => {
    const margin = { ...superior, margin: 0.1 };
    expect(wins(delong(paired, margin), margin)).toBe(false);
    const reversed = { labels, challenger: second, champion: first };
    const lenient: Rule = { ...superior, rule: 'non_inferior', margin: 0.4 };
    expect(wins(delong(reversed, lenient), lenient)).toBe(true);
    expect(wins(delong(reversed, superior), superior)).toBe(false);
  });

  it('sees no evidence in equal scores and does not depend on their scale', () => {
    const same = delong({ labels, challenger: first, champion: first }, superior);
    expect(same).toMatchObject({ estimate: 0, p_value: 1, interval: [0, 0] });

    const scaled = delong({ ...paired, challenger: first.map((x) => Math.exp(3 * x)) }, superior);
    expect(scaled.p_value).toBeCloseTo(0.016811014852175638, 12);
  });

  it('needs two rows of each class', () => {
    const few = Float64Array.from([1, 0, 0]);
    expect(() => delong({ labels: few, challenger: few, champion: few }, superior)).toThrow(
      /two rows of each class/,
    );
  });

  it('gives tied values the mean of their ranks', () => {
    expect([...midranks(Float64Array.from([3, 1, 3, 2, 3]))]).toEqual([4, 1, 4, 2, 4]);
  });

  it('has placements whose means are the area from either side', () => {
    const scores = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 5 })), {
      minLength: 8,
      maxLength: 40,
    });
    fc.assert(
      fc.property(scores, (rows) => {
        const y = Float64Array.from(rows, ([positive]) => Number(positive));
        const positives = y.filter((label) => label === 1).length;
        fc.pre(positives >= 2 && y.length - positives >= 2);
        const s = Float64Array.from(rows, ([, score]) => score);
        const { auc, negatives } = placements(y, s);
        const mean = negatives.reduce((sum, x) => sum + x, 0) / negatives.length;
        expect(mean).toBeCloseTo(auc, 10);
        expect(weightedMetric('roc_auc', y, s)(new Float64Array(y.length).fill(1))).toBeCloseTo(
          auc,
          10,
        );
      }),
    );
  });
});

describe('mcnemar', () => {
  it.each([
    [10, 3, 0.0286865234375],
    [25, 10, 0.005665492091793569],
    [300, 250, 0.01653575795867894],
    [1, 1, 0.5],
    [0, 0, 1],
  ])('has the mid-p of %d against %d discordant rows that scipy has', (b, c, expected) => {
    expect(midP(b, c)).toBeCloseTo(expected, 10);
  });

  it('is exact for few discordant rows, as scipy’s binomtest is', () => {
    expect(exactP(10, 3)).toBeCloseTo(0.046142578125, 12);
    expect(exactP(1, 0)).toBeCloseTo(0.5, 12);
    expect(exactP(0, 5)).toBeCloseTo(1, 12);
  });

  it('measures accuracies and their difference', () => {
    const y = Float64Array.from([1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    const right = y.map((label) => (label === 1 ? 0.9 : 0.1));
    const wrongOnce = right.map((score, i) => (i === 0 ? 0.1 : score));

    const found = mcnemar({ labels: y, challenger: right, champion: wrongOnce }, superior);

    expect(found).toMatchObject({ challenger: 1, champion: 0.9, n: 10 });
    expect(found.estimate).toBeCloseTo(0.1, 12);
    expect(found.p_value).toBeCloseTo(0.5, 12);
    expect(wins(found, superior)).toBe(false);
  });
});

describe('the bootstrap', () => {
  // scipy.stats.bootstrap, BCa, 400,000 resamples: 0.3333 to 1.2125.
  const skewed = [0.1, 0.2, 0.15, 3, 0.3, 0.05, 0.4, 1.2, 0.9, 0.02, 0.6, 0.33];
  const input = {
    n: skewed.length,
    challenger: (weights: Float64Array) =>
      weights.reduce((sum, weight, i) => sum + weight * skewed[i]!, 0) / skewed.length,
    champion: () => 0,
    seed: 'seed',
  };

  it('has the bias-corrected, accelerated interval that scipy has', () => {
    const found = bootstrap(input, superior);

    expect(found.estimate).toBeCloseTo(0.6041666666666666, 12);
    expect(found.interval[0]).toBeGreaterThan(0.31);
    expect(found.interval[0]).toBeLessThan(0.355);
    expect(found.interval[1]).toBeGreaterThan(1.1);
    expect(found.interval[1]).toBeLessThan(1.33);
  });

  it('repeats itself for a seed', () => {
    expect(bootstrap(input, superior)).toEqual(bootstrap(input, superior));
    expect(bootstrap({ ...input, seed: 'other' }, superior)).not.toEqual(
      bootstrap(input, superior),
    );
  });

  it('has a p-value below alpha just when the bound excludes what is demanded', () => {
    for (const margin of [0.2, 0.3, 0.32, 0.34, 0.36, 0.5]) {
      const rule = { ...superior, margin };
      const found = bootstrap(input, rule);
      expect(found.p_value < 0.05, `margin ${margin}`).toBe(found.interval[0] > margin);
    }
  });

  it('turns round for a metric of which less is better', () => {
    const lower: Rule = { ...superior, direction: 'lower' };
    const better = { ...input, challenger: () => 0, champion: input.challenger };
    expect(wins(bootstrap(better, lower), lower)).toBe(true);
    expect(wins(bootstrap(input, lower), lower)).toBe(false);
  });
});
