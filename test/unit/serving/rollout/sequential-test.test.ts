import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  logWealth,
  newTest,
  observe,
  pValueOf,
  type SequentialTest,
} from '../../../../functions/serving/rollout/sequential-test.ts';

/** Uniform numbers, the same at every run (Mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface World {
  readonly share: number | ((i: number) => number);
  readonly candidate: (random: () => number) => number;
  readonly champion: (random: () => number) => number;
  readonly tolerance: number;
}

/** Share of the experiments in which the evidence ever passes the bar, looking after every request. */
function crossings(
  world: World,
  bet: 'worse' | 'tolerable',
  { experiments = 300, requests = 1500, alpha = 0.05, seed = 7 } = {},
): { rate: number; median: number } {
  const random = seeded(seed);
  const bar = Math.log(1 / alpha);
  const at: number[] = [];
  for (let experiment = 0; experiment < experiments; experiment++) {
    let test: SequentialTest = newTest;
    for (let i = 0; i < requests; i++) {
      const share = typeof world.share === 'number' ? world.share : world.share(i);
      const role = random() < share ? ('candidate' as const) : ('champion' as const);
      test = observe(test, { role, share, value: world[role](random) }, world.tolerance);
      if (logWealth(test[bet]) < bar) continue;
      at.push(i + 1);
      break;
    }
  }
  at.sort((a, b) => a - b);
  return { rate: at.length / experiments, median: at[Math.floor(at.length / 2)] ?? Infinity };
}

const bernoulli = (p: number) => (random: () => number) => (random() < p ? 1 : 0);
const steps = (i: number) => (i < 500 ? 0.1 : i < 1000 ? 0.25 : 0.5);

describe('the sequential test', () => {
  it.each([
    ['errors, at the edge of the tolerance', { p: 0.03, q: 0.02, share: 0.5 }],
    ['no difference, a tenth of the traffic', { p: 0.05, q: 0.05, share: 0.1 }],
    ['at the edge, in steps that grow', { p: 0.06, q: 0.05, share: steps }],
  ])(
    'aborts a good candidate in at most 5 %% however often one looks: %s',
    (_, { p, q, share }) => {
      const world = { share, candidate: bernoulli(p), champion: bernoulli(q), tolerance: 0.01 };
      expect(crossings(world, 'worse').rate).toBeLessThanOrEqual(0.05);
    },
  );

  it('holds for losses between 0 and 1, too', () => {
    const loss = (random: () => number) => random() ** 2;
    const world = { share: 0.3, candidate: loss, champion: loss, tolerance: 0.005 };
    expect(crossings(world, 'worse').rate).toBeLessThanOrEqual(0.05);
  });

  it('promotes a candidate at the edge of the tolerance in at most 5 %', () => {
    const world = {
      share: 0.5,
      tolerance: 0.05,
      candidate: bernoulli(0.1),
      champion: bernoulli(0.05),
    };
    expect(crossings(world, 'tolerable').rate).toBeLessThanOrEqual(0.05);
  });

  it('would be wrong much more often with a t-test after every request', () => {
    // The same experiments by a test that is made for one look: what peeking costs.
    const random = seeded(7);
    let wrong = 0;
    for (let experiment = 0; experiment < 200; experiment++) {
      const arms = [0, 0].map(() => ({ n: 0, sum: 0 }));
      for (let i = 0; i < 1500; i++) {
        const arm = arms[random() < 0.5 ? 0 : 1];
        if (!arm) continue;
        arm.n++;
        arm.sum += bernoulli(0.05)(random);
        const [a, b] = arms;
        if (!a || !b || a.n < 30 || b.n < 30) continue;
        const mean = (a.sum + b.sum) / (a.n + b.n);
        const error = Math.sqrt(mean * (1 - mean) * (1 / a.n + 1 / b.n));
        if (error > 0 && (a.sum / a.n - b.sum / b.n) / error > 1.645) {
          wrong++;
          break;
        }
      }
    }
    expect(wrong / 200).toBeGreaterThan(0.2);
  });

  it('finds a candidate that fails a third of its requests within a hundred or two', () => {
    const world = {
      share: 0.1,
      tolerance: 0.01,
      candidate: bernoulli(0.33),
      champion: bernoulli(0),
    };
    const { rate, median } = crossings(world, 'worse', { experiments: 100 });
    expect(rate).toBe(1);
    expect(median).toBeLessThan(200);
  });

  it('tells that a candidate without errors is within the tolerance', () => {
    const world = { share: 0.5, tolerance: 0.01, candidate: bernoulli(0), champion: bernoulli(0) };
    const { rate, median } = crossings(world, 'tolerable', { experiments: 5, requests: 3000 });
    expect(rate).toBe(1);
    expect(median).toBeLessThan(2000);
  });

  it('knows no wealth below zero and no evidence without requests', () => {
    expect(pValueOf(newTest.worse)).toBe(1);
    const outcome = fc.record({
      role: fc.constantFrom('candidate' as const, 'champion' as const),
      share: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      value: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 50 }), (outcomes) => {
        const end = outcomes.reduce((test, one) => observe(test, one, 0.01), newTest);
        for (const logs of [end.worse, end.tolerable]) {
          expect(logs.every(Number.isFinite)).toBe(true);
          expect(pValueOf(logs)).toBeGreaterThanOrEqual(0);
          expect(pValueOf(logs)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('watches a candidate alone when all the traffic is its own', () => {
    let test = newTest;
    for (let i = 0; i < 600; i++) {
      test = observe(test, { role: 'candidate', share: 1, value: 0 }, 0.01);
    }
    expect(pValueOf(test.tolerable)).toBeLessThan(0.05);
    expect(pValueOf(test.worse)).toBe(1);
  });

  it('refuses what is no outcome', () => {
    for (const value of [-0.1, 1.1, Number.NaN]) {
      expect(() => observe(newTest, { role: 'champion', share: 0.5, value }, 0.01)).toThrow(
        RangeError,
      );
    }
  });
});
