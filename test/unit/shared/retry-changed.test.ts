import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ConditionFailed, retryChanged } from '../../../functions/shared/dynamo/index.ts';

// The waits between two attempts are as long as chance says.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

describe('a change that meets another', () => {
  it('is tried until it holds', async () => {
    const attempt = vi.fn<() => Promise<string>>().mockResolvedValue('written');
    for (let i = 0; i < 30; i++) attempt.mockRejectedValueOnce(new ConditionFailed(0, undefined));
    expect(await retryChanged(attempt)).toBe('written');
    expect(attempt).toHaveBeenCalledTimes(31);
  });

  it('is given up in the end, and the caller may try again', async () => {
    const attempt = vi.fn<() => Promise<string>>();
    attempt.mockRejectedValue(new ConditionFailed(0, undefined));
    await expect(retryChanged(attempt)).rejects.toMatchObject({ code: 'REQUEST_LIMIT_EXCEEDED' });
  });

  it('is tried once when something else went wrong', async () => {
    const attempt = vi.fn<() => Promise<string>>().mockRejectedValue(new Error('no table'));
    await expect(retryChanged(attempt)).rejects.toThrow('no table');
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});
