import { expect, it, vi } from 'vitest';
import { runCheck } from '../../../functions/validation/validation.ts';

it('a check says how long it took, whether it answers or throws', async () => {
  let now = 1000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  const after = (ms: number) => {
    now += ms;
  };
  const answered = await runCheck('size', () => {
    after(12.4);
    return { status: 'PASSED', message: 'small' };
  });
  const threw = await runCheck(
    'roc_auc',
    async () => {
      after(250);
      throw new Error('no rows');
    },
    'long haul',
  );
  clock.mockRestore();
  expect(answered).toEqual({ name: 'size', status: 'PASSED', message: 'small', duration_ms: 12 });
  expect(threw).toEqual({
    ...{ name: 'roc_auc', slice: 'long haul', status: 'ERROR', message: 'no rows' },
    duration_ms: 250,
  });
});
