import { describe, expect, it } from 'vitest';
import { StaleListing, withFreshListing } from '../../../functions/shared/segments/index.ts';

/** A read that finds its listing out of date so many times. */
const staleFor = (times: number) => {
  let reads = 0;
  return async () => {
    reads += 1;
    if (reads <= times) throw new StaleListing();
    return reads;
  };
};

describe('withFreshListing', () => {
  it('lists and reads again while segments go away in between', async () => {
    expect(await withFreshListing(staleFor(4))).toBe(5);
  });

  it('gives up when every listing is out of date', async () => {
    await expect(withFreshListing(staleFor(5))).rejects.toThrow(StaleListing);
  });

  it('does not repeat what failed for another reason', async () => {
    let reads = 0;
    const failing = async () => {
      reads += 1;
      throw new Error('no table');
    };
    await expect(withFreshListing(failing)).rejects.toThrow('no table');
    expect(reads).toBe(1);
  });
});
