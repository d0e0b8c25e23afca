import { createHash } from 'node:crypto';

/** Uniform whole numbers below a bound, reproducible from a text (xoshiro128**, Blackman and Vigna). */
export function seededIntegers(seed: string): (bound: number) => number {
  const digest = createHash('sha256').update(seed).digest();
  let a = digest.readUInt32LE(0);
  let b = digest.readUInt32LE(4);
  let c = digest.readUInt32LE(8);
  let d = digest.readUInt32LE(12);
  return (bound) => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return Math.floor((scrambled / 2 ** 32) * bound);
  };
}

const rotate = (x: number, k: number) => (x << k) | (x >>> (32 - k));
