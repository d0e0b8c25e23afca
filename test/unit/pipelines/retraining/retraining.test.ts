import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterRetraining,
  type EvaluatedWindow,
  INITIAL_STATE,
  ruleThatHolds,
  shutGate,
} from '../../../../functions/pipelines/retraining/retraining.ts';

const psiRule = { metric: 'psi', column: '*', above: 0.2, k: 2, n: 3 };
const breach = (column: string, value = 0.3, metric = 'psi') => ({
  column,
  metric,
  value,
  threshold: 0.2,
});
/** Windows from the newest to the oldest, each by the columns that breached. */
const windows = (...columns: string[][]): EvaluatedWindow[] =>
  columns.map((names, i) => ({ window: `w${i}`, breaches: names.map((name) => breach(name)) }));

describe('ruleThatHolds', () => {
  it('holds when k of the last n windows breach in one column and the newest does', () => {
    expect(ruleThatHolds([psiRule], windows(['a'], [], ['a'], []))).toBe(
      'psi of a above 0.2 in 2 of the last 3 windows',
    );
  });

  it.each([
    ['the newest is well', windows([], ['a'], ['a'])],
    ['too few breach', windows(['a'], [], [])],
    ['the others breached too long ago', windows(['a'], [], [], ['a'], ['a'])],
    ['the columns differ', windows(['a'], ['b'], ['c'])],
    [
      'only the predictions moved, which * does not cover',
      windows([':prediction'], [':prediction']),
    ],
    ['there are no windows', []],
  ])('does not hold when %s', (_name, list) => {
    expect(ruleThatHolds([psiRule], list)).toBeUndefined();
  });

  it('goes by the metric, the column and the limit of the rule', () => {
    const list: EvaluatedWindow[] = [
      { window: 'w0', breaches: [breach('a', 0.25), breach(':table', 0.6, 'roc_auc')] },
    ];
    const rule = (over: object) => ({ metric: 'psi', k: 1, n: 1, ...over });
    expect(ruleThatHolds([rule({ column: 'a', above: 0.2 })], list)).toBeDefined();
    expect(ruleThatHolds([rule({ column: 'b', above: 0.2 })], list)).toBeUndefined();
    expect(ruleThatHolds([rule({ column: 'a', above: 0.25 })], list)).toBeUndefined();
    expect(ruleThatHolds([rule({ metric: 'roc_auc', below: 0.65 })], list)).toBe(
      'roc_auc below 0.65 in 1 of the last 1 windows',
    );
    expect(ruleThatHolds([rule({ metric: 'roc_auc', below: 0.5 })], list)).toBeUndefined();
  });

  it('agrees with counting', () => {
    const history = fc.array(fc.boolean(), { maxLength: 12 });
    const k = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(history, k, fc.nat({ max: 6 }), (breached, atLeast, extra) => {
        const rule = { ...psiRule, k: atLeast, n: atLeast + extra };
        const list = windows(...breached.map((yes) => (yes ? ['a'] : [])));
        const inLast = breached.slice(0, rule.n).filter(Boolean).length;
        const due = breached[0] === true && inLast >= rule.k;
        expect(ruleThatHolds([rule], list) !== undefined).toBe(due);
      }),
    );
  });
});

describe('shutGate', () => {
  const policy = {
    pipeline: 'p',
    when: [psiRule],
    cooldown: 'P3D',
    max_per_month: 2,
  };
  const window = (day: string) => ({
    start: `${day}T00:00:00Z`,
    end: Date.parse(`${day}T00:00:00Z`) + 86_400_000,
  });

  it('names the gates in their order: in flight, cooling down, budget spent', () => {
    const busy = afterRetraining(
      { ...INITIAL_STATE, byMonth: { '2001-03': 1 } },
      window('2001-03-10'),
    );
    const state = { revision: 1, ...busy };
    expect(shutGate(policy, state, window('2001-03-11'), '01K')).toContain('01K is in flight');
    expect(shutGate(policy, state, window('2001-03-11'), undefined)).toContain(
      'cooling down until 2001-03-14',
    );
    expect(shutGate(policy, state, window('2001-03-13'), undefined)).toContain(
      '2 retrainings in 2001-03 already',
    );
    expect(shutGate(policy, state, window('2001-04-01'), undefined)).toBeUndefined();
  });

  it('goes by event time alone', () => {
    const state = { revision: 1, ...afterRetraining(INITIAL_STATE, window('2001-03-10')) };
    expect(shutGate(policy, state, window('2001-03-12'), undefined)).toBeDefined();
    expect(shutGate(policy, state, window('2001-03-13'), undefined)).toBeUndefined();
    // A window before the last retraining, decided late, is inside the cooldown too.
    expect(shutGate(policy, state, window('2001-03-01'), undefined)).toBeDefined();
  });

  it('lets everything pass that the policy does not limit', () => {
    const open = { pipeline: 'p', when: [psiRule] };
    const state = { revision: 1, ...afterRetraining(INITIAL_STATE, window('2001-03-10')) };
    expect(shutGate(open, state, window('2001-03-11'), undefined)).toBeUndefined();
  });
});
