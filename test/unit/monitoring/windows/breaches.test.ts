import { describe, expect, it } from 'vitest';
import { findBreaches, type Measured } from '../../../../functions/monitoring/windows/breaches.ts';

const above = (limit: number, column?: string) => ({ metric: 'psi', column, above: limit });
const psiOf = (column: string, psi: number, noise?: number): Measured => ({
  column,
  values: { psi },
  ...(noise !== undefined && { noise: { psi: noise } }),
});

describe('findBreaches', () => {
  it('takes what chance may reach for the limit where that is more', () => {
    const limits = [above(0.2, '*')];
    const measured = [psiOf('few', 0.3, 0.35), psiOf('moved', 0.4, 0.35), psiOf('many', 0.3, 0.01)];
    expect(findBreaches(measured, limits, false)).toEqual([
      { column: 'moved', metric: 'psi', value: 0.4, threshold: 0.35 },
      { column: 'many', metric: 'psi', value: 0.3, threshold: 0.2 },
    ]);
  });

  it('means every input by `*`, and the whole window by no column', () => {
    const measured = [psiOf('x', 1), psiOf(':prediction', 1), psiOf(':table', 1)];
    const columns = (column?: string) =>
      findBreaches(measured, [above(0.2, column)], false).map((breach) => breach.column);
    expect(columns('*')).toEqual(['x']);
    expect(columns(':prediction')).toEqual([':prediction']);
    expect(columns()).toEqual([':table']);
  });

  it('tells of a value once, by the first limit of the policy that it is beyond', () => {
    const limits = [above(2, 'x'), above(0.5, 'x'), above(0.2, '*')];
    expect(findBreaches([psiOf('x', 1)], limits, true)).toEqual([
      { column: 'x', metric: 'psi', value: 1, threshold: 0.5, rule: 1 },
    ]);
  });

  it('is beyond a lower limit from below only, and not at a limit', () => {
    const auc = { column: ':table', values: { roc_auc: 0.7, log_loss: null } };
    const found = (below: number) => findBreaches([auc], [{ metric: 'roc_auc', below }], false);
    expect(found(0.7)).toEqual([]);
    expect(found(0.71)).toMatchObject([{ value: 0.7, threshold: 0.71 }]);
    expect(findBreaches([psiOf('x', 0.2)], [above(0.2, 'x')], false)).toEqual([]);
    expect(findBreaches([auc], [{ metric: 'log_loss', above: 0 }], false)).toEqual([]);
  });
});
