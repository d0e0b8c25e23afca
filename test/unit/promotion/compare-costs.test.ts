import { describe, expect, it, vi } from 'vitest';
import { compareCosts } from '../../../functions/promotion/compare-costs.ts';
import type { Candidate } from '../../../functions/validation/index.ts';

const rows = [{ x: 1 }, { x: 2 }];

/** Costs by latency of two models whose predictions take these milliseconds, and how many were asked for. */
async function costsOf(took: { readonly challenger: number; readonly champion: number }) {
  let now = 0;
  let asked = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  const model = (ms: number): Candidate => ({
    bytes: 1,
    description: { flavors: { 'slipway.gbdt': {} } },
    inputs: undefined,
    model: {
      predict: async ({ length }) => {
        now += ms;
        asked += 1;
        return new Array<number>(length).fill(0.5);
      },
    },
  });
  const models = { challenger: model(took.challenger), champion: model(took.champion) };
  const costs = await compareCosts({ measure: 'latency', by: 0.1 }, models, rows).finally(() =>
    clock.mockRestore(),
  );
  return { costs, asked, seconds: now / 1000 };
}

describe('the latencies of two models', () => {
  it('are medians of 200 predictions each, after 20 that warm up', async () => {
    const { costs, asked } = await costsOf({ challenger: 4, champion: 5 });
    expect(costs).toEqual({
      ...{ measure: 'latency', unit: 'ms', by: 0.1 },
      ...{ challenger: 4, champion: 5, cheaper: true },
    });
    expect(asked).toBe(440);
  });

  it('are of fewer predictions where one takes seconds: the function has 900 s', async () => {
    const { costs, seconds } = await costsOf({ challenger: 4000, champion: 6000 });
    expect(costs).toMatchObject({
      challenger: 4000,
      champion: 6000,
      cheaper: true,
      predictions: 8,
    });
    expect(seconds).toBeLessThanOrEqual(210);
  });
});
