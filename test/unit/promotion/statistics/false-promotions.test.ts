import { describe, expect, it } from 'vitest';
import { type PolicyDocument, policySchema } from '../../../../functions/policies/policy.ts';
import { judgeComparison } from '../../../../functions/promotion/judge.ts';
import type { PairedScores } from '../../../../functions/promotion/statistics/comparison.ts';
import { normals, simulate } from '../../../support/simulated-models.ts';

type Promotion = Partial<NonNullable<PolicyDocument['promotion']>>;

/** The decision of a policy as the platform takes it: `judgeComparison`, evidence and all. */
function decide(part: Promotion, paired: PairedScores, digest: string): boolean {
  const policy = policySchema.parse({ promotion: { mode: 'auto', ...part } }).promotion!;
  const rows = [...paired.labels.keys()].map((i) => ({ half: i % 2 }));
  const evaluation = { rows, labels: paired.labels, digest, path: 'run:/x.csv' };
  return judgeComparison(policy, evaluation, paired).wins;
}

function promoted(part: Promotion, simulations: number, rows: number, separation = 1): number {
  const normal = normals(JSON.stringify({ part, rows, separation }));
  let wins = 0;
  for (let i = 0; i < simulations; i++) {
    if (decide(part, simulate(normal, rows, separation), `sha256:${i}`)) wins++;
  }
  return wins / simulations;
}

const SIMULATIONS = 2000;

describe('false promotions of equal models', () => {
  it.each<[string, Promotion, number]>([
    ['DeLong’s test', { metric: 'roc_auc', test: 'delong' }, 300],
    ['McNemar’s test', { metric: 'accuracy', test: 'mcnemar' }, 300],
    ['McNemar’s test on few rows', { metric: 'accuracy', test: 'mcnemar' }, 60],
    ['the bootstrap', { metric: 'log_loss', test: 'bootstrap' }, 60],
  ])('are at most the stated five per cent with %s', (_, part, rows) => {
    const rate = promoted(part, SIMULATIONS, rows);
    expect(rate).toBeLessThanOrEqual(0.05);
    // A test that never says yes would be no use: the level is used up, not avoided.
    expect(rate).toBeGreaterThan(0.005);
  });

  it('stay rare with a margin of non-inferiority that the challenger really lacks', () => {
    // The challenger's area is 0.05 worse; the margin allows 0.05.
    const part: Promotion = { metric: 'roc_auc', rule: 'non_inferior', margin: 0.05 };
    const rate = promoted(part, SIMULATIONS, 300, 0.7883);
    expect(rate).toBeLessThanOrEqual(0.06);
  });
});

describe('power', () => {
  it('grows with the rows and with the difference', () => {
    const part: Promotion = { metric: 'roc_auc' };
    const rates = [
      promoted(part, 200, 200, 1.1),
      promoted(part, 200, 2000, 1.1),
      promoted(part, 200, 2000, 1.2),
    ];
    expect(rates).toEqual([...rates].sort((a, b) => a - b));
    expect(rates[2]).toBeGreaterThan(0.9);
  });

  it('of a veto by slices: harm in one half is seen, equal halves pass', () => {
    const slices = [
      { name: 'even', where: 'half = 0' },
      { name: 'odd', where: 'half = 1' },
    ];
    const part: Promotion = { metric: 'roc_auc', rule: 'non_inferior', margin: 0.2, slices };
    const normal = normals('slices');
    let vetoed = 0;
    let passed = 0;
    for (let i = 0; i < 200; i++) {
      const good = simulate(normal, 600, 1);
      if (decide(part, good, 'a')) passed++;
      const bad = simulate(normal, 600, 0.4);
      const mixed = good.labels.map((label, row) => (row % 2 === 0 ? label : bad.labels[row]!));
      const challenger = good.challenger.map((x, row) =>
        row % 2 === 0 ? x : bad.challenger[row]!,
      );
      const champion = good.champion.map((x, row) => (row % 2 === 0 ? x : bad.champion[row]!));
      if (!decide(part, { labels: mixed, challenger, champion }, 'a')) vetoed++;
    }
    // Holm keeps the chance of any false veto below alpha.
    expect(passed).toBeGreaterThanOrEqual(190);
    expect(vetoed).toBeGreaterThan(180);
  });
});
