import { describe, expect, it, vi } from 'vitest';
import { checkLatency } from '../../../../functions/validation/checks/check-latency.ts';

const WARM_UP = 20;

/** The check of predictions that take these milliseconds each, and the rows that they were asked for. */
async function latencyOf(maxMs: number, times: readonly number[], rows = [['a'], ['b'], ['c']]) {
  let now = 0;
  const asked: unknown[] = [];
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  const [result] = await checkLatency(maxMs, async () => ({
    table: { columns: ['x'], rows },
    predict: async (one) => {
      now += times[asked.length] ?? Number.NaN;
      asked.push(one);
    },
  })).finally(() => clock.mockRestore());
  return { result, asked };
}

const slowStart = Array.from({ length: WARM_UP }, () => 5000);
/** 1 to 200 ms, each once and in no order. */
const upTo200 = Array.from({ length: 200 }, (_, i) => ((i * 77) % 200) + 1);

describe('checkLatency', () => {
  it('measures the 95th percentile, without the predictions that warm up', async () => {
    const times = [...slowStart, ...upTo200];
    const measured = { name: 'latency_p95', unit: 'ms', measured: 190 };
    const [enough, short] = [await latencyOf(190, times), await latencyOf(189.9, times)];
    expect(enough.result).toMatchObject({ ...measured, status: 'PASSED', limit: { max: 190 } });
    expect(short.result).toMatchObject({ ...measured, status: 'FAILED' });
  });

  it('asks for one row at a time, for all of them in turns', async () => {
    const { asked } = await latencyOf(200, [...slowStart, ...upTo200]);
    expect(asked).toHaveLength(WARM_UP + 200);
    expect(asked.slice(0, 4)).toEqual([[['a']], [['b']], [['c']], [['a']]]);
  });

  it('measures fewer predictions of a slow model, and says how many', async () => {
    const { result, asked } = await latencyOf(12_000, Array(220).fill(10_000));
    expect(result).toMatchObject({
      status: 'PASSED',
      measured: 10_000,
      message: 'ms 10000, of 8 predictions',
    });
    expect(asked).toHaveLength(20);
  });

  it('measures one prediction at least', async () => {
    const { result } = await latencyOf(1, [250_000, 7]);
    expect(result).toMatchObject({ status: 'FAILED', measured: 7 });
  });

  it('is an error without rows', async () => {
    const { result, asked } = await latencyOf(200, [], []);
    expect(result).toMatchObject({ status: 'ERROR', message: 'ms is undefined for these rows' });
    expect(asked).toEqual([]);
  });
});
