import type { Int64 } from '../../mlflow/index.ts';
import { newId } from '../../shared/ids.ts';
import { log } from '../../shared/log.ts';
import type { Metric } from '../runs/run.ts';
import { unpackMetrics, unpackSeries } from './metric-codec.ts';
import { EMPTY, type Series } from './metric-series.ts';

/** Digits of a timestamp in a key: it sorts as its number. Later ones count as the latest of these. */
const DIGITS = 16;
const LATEST = Number.MAX_SAFE_INTEGER;

const PREFIX = 'SEALED#';

/** Key that sorts before all blocks with a point at this time or later. */
export const blocksFrom = (timestamp: Int64): string =>
  PREFIX + String(timestamp < LATEST ? timestamp : LATEST).padStart(DIGITS, '0');

/** Key that sorts after all blocks. */
export const BLOCKS_END = 'SEALED$';

/** The key of a new block: blocks sort by their latest point. */
export function newBlockKey(metrics: readonly Metric[]): string {
  let last: Int64 = 0;
  for (const { timestamp } of metrics) if (timestamp > last) last = timestamp;
  return `${blocksFrom(last)}#${newId()}`;
}

/** The time of a block's latest point, or a time before it. */
export const endOfBlock = (sk: string): number =>
  Number(sk.slice(PREFIX.length, PREFIX.length + DIGITS));

/** The time that points of a block span, as the exponent of the next power of two. */
export function spanOf(metrics: readonly Metric[]): number {
  let first: Int64 = Number.POSITIVE_INFINITY;
  let last: Int64 = 0;
  for (const { timestamp } of metrics) {
    if (timestamp < first) first = timestamp;
    if (timestamp > last) last = timestamp;
  }
  // Doubles would not tell such times apart.
  if (typeof last === 'bigint') return 64;
  return Math.ceil(Math.log2(last - Number(first) + 1));
}

/** No block spans more milliseconds than this. */
export const longestSpan = (spans: Readonly<Record<string, unknown>>): number =>
  2 ** Math.max(0, ...Object.keys(spans).map(Number));

/** Points of a chunk; a damaged one is reported and has none, so that the rest can be read. */
export const readChunk = (where: string, chunk: Uint8Array): Metric[] =>
  readIntact(where, chunk) ?? [];

/** As `readChunk`, but undefined for a damaged one: for callers who can read the same points elsewhere. */
export const readIntact = (where: string, chunk: Uint8Array): Metric[] | undefined =>
  unlessDamaged(where, () => unpackMetrics(chunk));

/** Points of one key in a chunk, as `readChunk` gives all. */
export const readSeries = (where: string, chunk: Uint8Array, key: string): Series =>
  unlessDamaged(where, () => unpackSeries(chunk, key)) ?? EMPTY;

function unlessDamaged<T>(where: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    log.error('a chunk of metric points is damaged', { where, error: error as Error });
    return undefined;
  }
}
