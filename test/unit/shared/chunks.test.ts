import { describe, expect, it } from 'vitest';
import { chunksOf, mapInChunks } from '../../../functions/shared/chunks.ts';

describe('chunks', () => {
  it('hold every item once and in order, the last as many as are left', () => {
    expect([...chunksOf([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
    expect([...chunksOf([1, 2], 2)]).toEqual([[1, 2]]);
    expect([...chunksOf([], 2)]).toEqual([]);
  });
});

describe('a mapping in chunks', () => {
  it('answers in the order of the items, whoever is ready first', async () => {
    const first = Promise.withResolvers<string>();
    const mapped = mapInChunks(['a', 'b', 'c'], 2, async (item) => {
      if (item === 'a') return first.promise;
      first.resolve('a');
      return item;
    });
    expect(await mapped).toEqual(['a', 'b', 'c']);
  });

  it('begins no more calls than may run at once', async () => {
    let running = 0;
    let most = 0;
    await mapInChunks([...Array(7).keys()], 3, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    });
    expect(most).toBe(3);
  });

  it('begins no chunk after one that failed', async () => {
    const begun: number[] = [];
    const failing = mapInChunks([1, 2, 3], 1, async (item) => {
      begun.push(item);
      if (item === 2) throw new Error('two');
    });
    await expect(failing).rejects.toThrow('two');
    expect(begun).toEqual([1, 2]);
  });
});
