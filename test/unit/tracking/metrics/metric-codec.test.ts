import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packMetrics, unpackMetrics } from '../../../../functions/tracking/metrics/metric-codec.ts';
import { aMetric, metrics } from '../arbitraries.ts';

const byKey = (points: readonly { readonly key: string }[]) =>
  Map.groupBy(points, ({ key }) => key);

describe('a packed chunk of metrics', () => {
  it('gives back every point bit by bit, in its order within its key', () => {
    fc.assert(
      fc.property(metrics, (points) => {
        expect(byKey(unpackMetrics(packMetrics(points)))).toEqual(byKey(points));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps integers whose difference is not exact in a double', () => {
    const points = [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0].map((step) =>
      aMetric({ step }),
    );
    expect(unpackMetrics(packMetrics(points))).toEqual(points);
  });

  it('takes about 30 bytes for one point and fewer than 12 each for a thousand', () => {
    expect(packMetrics([aMetric({ key: 'loss' })]).length).toBeLessThan(35);
    const many = Array.from({ length: 1000 }, (_, step) =>
      aMetric({ step, timestamp: 1_700_000_000_000 + step * 997, value: Math.sin(step) }),
    );
    expect(packMetrics(many).length).toBeLessThan(12_000);
  });

  it.each([1, 100])('of %i points has memory of its own: processes remember many', (count) => {
    const { buffer, length } = packMetrics(
      Array.from({ length: count }, (_, step) => aMetric({ step })),
    );
    expect(buffer.byteLength).toBe(length);
  });

  it('is refused when a byte is damaged or the format is unknown', () => {
    const chunk = packMetrics(Array.from({ length: 50 }, (_, step) => aMetric({ step })));
    for (const at of [0, 2, Math.floor(chunk.length / 2)]) {
      const damaged = Uint8Array.from(chunk);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      expect(() => unpackMetrics(damaged)).toThrow();
    }
  });
});
