import { createHash, randomUUID } from 'node:crypto';
import type { Json } from '../asl/definition.ts';

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** Elements; JSONata's own range operator stops there too. */
const RANGE_LIMIT = 10_000_000;

function partition(array: readonly Json[], size: number): Json[][] {
  if (!Number.isInteger(size) || size < 1) {
    throw new Error('$partition needs a whole chunk size above zero');
  }
  const chunks: Json[][] = [];
  for (let at = 0; at < array.length; at += size) chunks.push(array.slice(at, at + size));
  return chunks;
}

function range(first: number, last: number, step: number): number[] {
  if (step === 0) throw new Error('$range needs a step other than zero');
  const count = Math.floor((last - first) / step) + 1;
  if (count > RANGE_LIMIT) throw new Error(`$range makes at most ${RANGE_LIMIT} numbers`);
  return Array.from({ length: Math.max(count, 0) }, (_, index) => first + index * step);
}

function hash(text: string, algorithm: string): string {
  const name = ALGORITHMS[algorithm];
  if (!name) throw new Error(`$hash knows ${Object.keys(ALGORITHMS).join(', ')}`);
  return createHash(name).update(text).digest('hex');
}

/** In [0, 1); a seed gives the same number each time, taken from a hash of the seed. */
function random(seed?: number): number {
  if (seed === undefined) return Math.random();
  return createHash('sha256').update(String(seed)).digest().readUInt32BE(0) / 2 ** 32;
}

/**
 * What Step Functions adds to JSONata, with signatures in JSONata's notation.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export const STATES_FUNCTIONS = [
  { name: 'partition', signature: '<an:a>', call: partition },
  { name: 'range', signature: '<nnn:a<n>>', call: range },
  { name: 'hash', signature: '<ss:s>', call: hash },
  { name: 'random', signature: '<n?:n>', call: random },
  { name: 'uuid', signature: '<:s>', call: () => randomUUID() },
  { name: 'parse', signature: '<s:x>', call: (text: string): Json => JSON.parse(text) },
] as const;
