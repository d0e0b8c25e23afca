import { describe, expect, it } from 'vitest';
import { MetricFeed } from '../../../lib/training/images/gbdt/mlflow/metric-feed.ts';
import type { Metric } from '../../../lib/training/images/gbdt/mlflow/run-log.ts';

const metric = (step: number): Metric => ({ key: 'loss', value: 1, timestamp: 0, step });
const turn = () => new Promise((resolve) => setImmediate(resolve));

function aFeed(fails: (call: number) => boolean = () => false) {
  const calls: number[][] = [];
  const lines: string[] = [];
  const feed = new MetricFeed(
    async (metrics) => {
      calls.push(metrics.map(({ step }) => step));
      if (fails(calls.length)) throw new Error('busy');
    },
    (line) => lines.push(line),
    0,
  );
  return { feed, calls, lines };
}

describe('the metrics of a training', () => {
  it('are logged about once a second, and the rest at the end', async () => {
    const { feed, calls } = aFeed();
    for (let step = 0; step <= 25; step++) {
      feed.add([metric(step)], step * 100);
      await turn();
    }
    expect(calls).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      [11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    ]);
    await feed.finish();
    expect(calls.at(-1)).toEqual([21, 22, 23, 24, 25]);
  });

  it('wait for a call that is under way', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const calls: number[] = [];
    const feed = new MetricFeed(
      async (metrics) => {
        calls.push(metrics.length);
        await promise;
      },
      () => undefined,
      0,
    );
    for (let step = 1; step <= 5; step++) feed.add([metric(step)], step * 2000);
    expect(calls).toEqual([1]);
    resolve();
    await feed.finish();
    expect(calls).toEqual([1, 4]);
  });

  it('are tried again in their order, and none is an error to the training', async () => {
    const { feed, calls, lines } = aFeed((call) => call !== 2);
    feed.add([metric(1)], 1000);
    await turn();
    feed.add([metric(2)], 2000);
    await turn();
    feed.add([metric(3)], 3000);
    await turn();
    await feed.finish();
    expect(calls).toEqual([[1], [1, 2], [3], [3]]);
    expect(lines).toEqual(Array(3).fill('1 metrics are not logged: busy'));
  });
});
