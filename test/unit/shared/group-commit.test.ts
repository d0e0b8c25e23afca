import { describe, expect, it } from 'vitest';
import { groupCommit } from '../../../functions/shared/group-commit.ts';

describe('groupCommit', () => {
  it('writes the first at once, and what comes meanwhile with the next write', async () => {
    const writes: (readonly number[])[] = [];
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const write = groupCommit<number>(async (items) => {
      writes.push(items);
      await released;
    });
    const written = [1, 2, 3].map(write);
    expect(writes).toEqual([[1]]);
    release();
    await Promise.all(written);
    expect(writes).toEqual([[1], [2, 3]]);
    await write(4);
    expect(writes).toHaveLength(3);
  });

  it('tells of a failure to those whose write it was, and goes on', async () => {
    const write = groupCommit<number>(async (items) => {
      if (items.includes(2)) throw new Error('full');
    });
    const results = await Promise.allSettled([write(1), write(2), write(3)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    await expect(write(4)).resolves.toBeUndefined();
  });
});
