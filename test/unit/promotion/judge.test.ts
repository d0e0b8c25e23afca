import { describe, expect, it } from 'vitest';
import { type PolicyDocument, policySchema } from '../../../functions/policies/policy.ts';
import { compareCosts } from '../../../functions/promotion/compare-costs.ts';
import { judgeBaseline, judgeComparison } from '../../../functions/promotion/judge.ts';
import { holm } from '../../../functions/promotion/statistics/holm.ts';
import type { Candidate } from '../../../functions/validation/index.ts';
import { normals, simulate } from '../../support/simulated-models.ts';

type Part = Partial<NonNullable<PolicyDocument['promotion']>>;
const policyOf = (part: Part) =>
  policySchema.parse({ promotion: { mode: 'auto', ...part } }).promotion!;

const paired = simulate(normals('judge'), 1200, 1.3);
const firstPositive = paired.labels.indexOf(1);
/** The challenger is good on rows of group a and the champion's equal on those of b; c has one class. */
const rows = [...paired.labels].map((label, i) => ({
  group: i % 2 === 0 ? 'a' : 'b',
  only: label === 1 ? 'positives' : 'negatives',
  lonely: label === 0 || i === firstPositive ? 'yes' : 'no',
}));
const evaluation = { rows, labels: paired.labels, digest: 'sha256:0', path: 'run:/x' };
const swapped = {
  ...paired,
  challenger: paired.challenger.map((s, i) => (i % 2 === 0 ? s : paired.champion[i]!)),
  champion: paired.champion.map((s, i) => (i % 2 === 0 ? s : paired.challenger[i]!)),
};
const slices = [
  { name: 'a', where: "group = 'a'" },
  { name: 'b', where: "group = 'b'" },
  { name: 'only', where: "only = 'positives'" },
];

describe('slices of a comparison', () => {
  it('stop a challenger that is better on the whole but does harm on one of them', () => {
    const lenient: Part = { rule: 'non_inferior', margin: 0.3 };
    expect(judgeComparison(policyOf(lenient), evaluation, swapped).wins).toBe(true);

    const judged = judgeComparison(policyOf({ ...lenient, slices }), evaluation, swapped);

    expect(judged.wins).toBe(false);
    expect(judged.evidence.slices).toMatchObject([
      { name: 'a', status: 'PASSED', n: 600, comparison: { test: 'delong' } },
      { name: 'b', status: 'FAILED', message: 'b: worse than the champion' },
      { name: 'only', status: 'SKIPPED', message: 'only: rows of one class only' },
    ]);
    expect(judged.text).toContain('b: worse than the champion');
  });

  it('let it pass within the margin, and with non_inferior ask for proof in each', () => {
    const lenient: Part = { rule: 'non_inferior', margin: 0.3, slices };
    const wide = policyOf({ ...lenient, slice_margin: 0.3 });
    expect(judgeComparison(wide, evaluation, swapped).wins).toBe(true);

    const proof: Part = { ...lenient, slice_rule: 'non_inferior', slice_margin: 0.3 };
    expect(judgeComparison(policyOf(proof), evaluation, swapped).wins).toBe(false);
    const two = policyOf({ ...proof, slices: slices.slice(0, 2) });
    expect(judgeComparison(two, evaluation, swapped).wins).toBe(true);
    const tight = policyOf({ ...proof, slices: slices.slice(0, 2), slice_margin: 0.001 });
    expect(judgeComparison(tight, evaluation, swapped).evidence.slices).toMatchObject([
      { status: 'PASSED' },
      { status: 'FAILED', message: 'b: not shown to be no worse' },
    ]);
  });

  it('say nothing with a single row of one class', () => {
    const lonely = [{ name: 'lonely', where: "lonely = 'yes'" }];
    const judged = judgeComparison(policyOf({ slices: lonely }), evaluation, swapped);
    expect(judged.evidence.slices).toMatchObject([
      { status: 'SKIPPED', message: 'lonely: too few rows of one class' },
    ]);
  });

  it('are compared where the metric is defined on them, and say nothing where it is not', () => {
    const only = [{ name: 'only', where: "only = 'positives'" }];
    const accuracy: Part = { metric: 'accuracy', test: 'mcnemar', slices: only };
    const [slice] = judgeComparison(policyOf(accuracy), evaluation, swapped).evidence.slices ?? [];
    expect(slice).toMatchObject({ status: 'FAILED', comparison: { test: 'mcnemar', n: 354 } });
    const r2: Part = { metric: 'r2', test: 'bootstrap', slices: only };
    expect(judgeComparison(policyOf(r2), evaluation, swapped).evidence.slices).toMatchObject([
      { status: 'SKIPPED', message: 'only: r2 is not defined on its rows' },
    ]);
  });

  it('by a column that there is not are refused: they would stop nobody', () => {
    const misspelt = [{ name: 'a', where: "gruop = 'a'" }];
    expect(() => judgeComparison(policyOf({ slices: misspelt }), evaluation, swapped)).toThrow(
      "The rows have no column 'gruop'; they have group, only, lonely",
    );
  });

  it('correct their p-values by Holm', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
    const judged = judgeComparison(policyOf({ slices }), evaluation, swapped);
    const [a, b] = judged.evidence.slices ?? [];
    expect(b?.p_adjusted).toBeLessThan(0.05);
    expect(a?.p_adjusted).toBeGreaterThan(0.5);
  });
});

describe('a metric that is not defined for the rows', () => {
  // No variance is left for R² to explain.
  const constant = { ...evaluation, labels: paired.labels.map(() => 3) };

  it('lets nothing be compared', () => {
    const policy = policyOf({ metric: 'r2' });
    const { challenger, champion } = paired;
    expect(() => judgeComparison(policy, constant, { challenger, champion })).toThrow(
      'r2 of the challenger is not defined',
    );
  });

  it('meets no baseline, and nothing was measured', () => {
    const judged = judgeBaseline({ metric: 'r2', min: 0.5 }, constant, paired.challenger);
    expect(judged.wins).toBe(false);
    expect(judged.evidence).not.toHaveProperty('baseline');
  });
});

describe('non_inferior_and_cheaper', () => {
  const policy = policyOf({ rule: 'non_inferior_and_cheaper', margin: 0.02 });
  const cost = { measure: 'size', unit: 'bytes', challenger: 80, champion: 100, by: 0.1 } as const;

  it('promotes an equal model that costs less, and no other', () => {
    const equal = { ...paired, challenger: paired.champion };
    const judge = (cheaper: boolean) =>
      judgeComparison(policy, evaluation, equal, { cost: { ...cost, cheaper } });
    expect(judge(true)).toMatchObject({ wins: true, evidence: { cost: { cheaper: true } } });
    expect(judge(false)).toMatchObject({ wins: false });
    expect(judge(false).text).toContain('not cheaper by size');
  });

  it('measures size by the artefact, and latency by single rows', async () => {
    const model = (bytes: number, loops: number): Candidate => ({
      bytes,
      description: { flavors: { 'slipway.gbdt': {} } },
      inputs: undefined,
      model: {
        predict: async ({ length }) => {
          let sum = 0;
          for (let i = 0; i < loops; i++) sum += Math.sqrt(i);
          return new Array<number>(length).fill(sum);
        },
      },
    });
    const [small, large] = [model(80, 10), model(100, 2_000_000)];
    const two = { challenger: small, champion: large };
    expect(await compareCosts({ measure: 'size', by: 0.1 }, two, rows)).toMatchObject({
      cheaper: true,
    });
    expect(await compareCosts({ measure: 'size', by: 0.3 }, two, rows)).toMatchObject({
      cheaper: false,
    });
    expect(await compareCosts({ measure: 'latency', by: 0.1 }, two, rows)).toMatchObject({
      cheaper: true,
      unit: 'ms',
    });
  });
});
