import { describe, expect, it, vi } from 'vitest';
import type { LogEntry } from '../../../../functions/serving/invoke/log-entry.ts';
import { logOrLater } from '../../../../functions/serving/invoke/log-later.ts';
import { log } from '../../../../functions/shared/log.ts';

const entry = (requestId: string, max_loss_seconds?: number) =>
  ({
    requestId,
    live: { endpoint: 'e', ...(max_loss_seconds && { log: { max_loss_seconds } }) },
  }) as LogEntry;

/** Rows that are written one at a time, when the test says so. */
function slowTable() {
  const written: string[] = [];
  const waiting: (() => void)[] = [];
  const write = async ({ requestId }: LogEntry) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    written.push(requestId);
  };
  return { write, written, waiting };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the row of a request', () => {
  it('is written before the answer, unless the endpoint says otherwise', async () => {
    const { write, written, waiting } = slowTable();
    const logRow = logOrLater(write);
    let answered = false;
    const first = logRow(entry('a')).then(() => {
      answered = true;
    });
    await turn();
    expect(answered).toBe(false);
    waiting.shift()?.();
    await first;
    await logRow(entry('b', 5));
    expect(written).toEqual(['a']);
    waiting.shift()?.();
    await expect.poll(() => written).toEqual(['a', 'b']);
  });

  it('is tried again for as long as may be lost, and told of when it is', async () => {
    const told = vi.spyOn(log, 'error').mockImplementation(() => {});
    let broken = true;
    const written: string[] = [];
    const logRow = logOrLater(async ({ requestId }) => {
      if (broken) throw new Error('no table');
      written.push(requestId);
    });
    try {
      await logRow(entry('a', 600));
      await turn();
      broken = false;
      await expect.poll(() => written).toEqual(['a']);
      expect(told).not.toHaveBeenCalled();
      broken = true;
      await logRow(entry('b', 1));
      await expect.poll(() => told.mock.calls.length).toBe(1);
      broken = false;
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(written).toEqual(['a']);
    } finally {
      told.mockRestore();
    }
  });

  it('waits when too many are on their way', async () => {
    const { write, waiting } = slowTable();
    const logRow = logOrLater(write);
    for (let i = 0; i < 1000; i++) await logRow(entry(`${i}`, 5));
    let answered = false;
    const next = logRow(entry('next', 5)).then(() => {
      answered = true;
    });
    await turn();
    expect(answered).toBe(false);
    waiting.shift()?.();
    await next;
    for (const done of waiting) done();
  });
});
