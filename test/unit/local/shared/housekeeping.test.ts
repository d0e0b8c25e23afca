import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Housekeeping } from '../../../../lib/local/shared/housekeeping.ts';

describe('housekeeping', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('works at once and at intervals, one run at a time', async () => {
    let finish = () => {};
    const work = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    const housekeeping = new Housekeeping('Things', 1000, work);
    housekeeping.start();
    await vi.advanceTimersByTimeAsync(2500);
    expect(work).toHaveBeenCalledTimes(1);
    finish();
    await vi.advanceTimersByTimeAsync(1000);
    expect(work).toHaveBeenCalledTimes(2);
    finish();
    await housekeeping.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('says what stays when it fails, and tries again', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    const work = vi.fn(() => {
      throw new Error('disk is full');
    });
    const housekeeping = new Housekeeping('Old things', 1000, work);
    housekeeping.start();
    await vi.advanceTimersByTimeAsync(1500);
    await housekeeping.stop();
    expect(work).toHaveBeenCalledTimes(2);
    expect(said.mock.calls[0]?.[0]).toBe('Old things stay for now:');
  });

  it('tells its work to end when it is stopped, and waits for it', async () => {
    let ended = false;
    const housekeeping = new Housekeeping('Things', 1000, async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
    });
    housekeeping.start();
    await housekeeping.stop();
    expect(ended).toBe(true);
  });
});
