/** A reproducible stream of numbers in [0, 1): the generator mulberry32. */
export function randomStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number in [0, 1) that depends on the position and the seed only: the finalizer of MurmurHash3. */
export function hashUnit(position: number, seed: number): number {
  let hash = (position ^ Math.imul(seed + 1, 0x9e3779b1)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** `count` of the numbers below `total`, ascending. */
export function sampleOf(total: number, count: number, random: () => number): Uint32Array {
  const chosen = new Uint32Array(count);
  if (count === total) {
    for (let i = 0; i < total; i++) chosen[i] = i;
    return chosen;
  }
  let taken = 0;
  for (let i = 0; i < total && taken < count; i++) {
    if (random() * (total - i) < count - taken) chosen[taken++] = i;
  }
  return chosen;
}
