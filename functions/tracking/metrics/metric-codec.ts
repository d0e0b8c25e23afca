import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  ByteReader,
  ByteWriter,
  readIntegers,
  toIntegers,
  writeIntegers,
} from '../../shared/columns/index.ts';
import type { Metric } from '../runs/run.ts';
import { EMPTY, pointAt, type Series } from './metric-series.ts';

/** First byte of a chunk: how the rest is written. Small ones do not gain from compression. */
const PLAIN = 3;
const COMPRESSED = 4;

/** Checksum of the body behind the first byte. */
const CRC_BYTES = 4;

const COMPRESS_FROM = 512;

/**
 * Points as one value: per key its name and a block of the count and columns of steps, timestamps
 * (differences as varints) and values, which a reader of other keys skips. The order of points is kept
 * within a key only.
 */
export function packMetrics(metrics: readonly Metric[]): Uint8Array {
  const byKey = new Map<string, Metric[]>();
  for (const metric of metrics) {
    const points = byKey.get(metric.key);
    if (points) points.push(metric);
    else byKey.set(metric.key, [metric]);
  }
  const writer = new ByteWriter();
  const block = new ByteWriter();
  writer.varint(byKey.size);
  for (const [key, points] of byKey) {
    writer.text(key);
    block.clear();
    packPoints(block, points);
    writer.block(block.bytes());
  }
  const body = writer.bytes();
  const small = body.length < COMPRESS_FROM;
  const stored = small ? body : zstdCompressSync(body);
  // Memory of its own: what is remembered would keep 8 KB that Node's small buffers share.
  const chunk = new Uint8Array(1 + CRC_BYTES + stored.length);
  chunk[0] = small ? PLAIN : COMPRESSED;
  new DataView(chunk.buffer).setUint32(1, crc32(body), true);
  chunk.set(stored, 1 + CRC_BYTES);
  return chunk;
}

function packPoints(writer: ByteWriter, points: readonly Metric[]): void {
  writer.varint(points.length);
  writeIntegers(writer, toIntegers(points.map(({ step }) => step)));
  writeIntegers(writer, toIntegers(points.map(({ timestamp }) => timestamp)));
  for (const { value } of points) writer.double(value);
}

/** Undoes `packMetrics`. Throws for a format that it does not know and for damaged bytes. */
export function unpackMetrics(bytes: Uint8Array): Metric[] {
  const reader = new ByteReader(bodyOf(bytes));
  const metrics: Metric[] = [];
  for (let keys = reader.varint(); keys > 0; keys--) {
    const key = reader.text();
    const series = unpackPoints(reader.block());
    for (let i = 0; i < series.length; i++) metrics.push(pointAt(series, i, key));
  }
  return metrics;
}

/** The points of one key, in their order. Throws as `unpackMetrics` does. */
export function unpackSeries(bytes: Uint8Array, key: string): Series {
  const reader = new ByteReader(bodyOf(bytes));
  const wanted = Buffer.from(key, 'utf8');
  for (let keys = reader.varint(); keys > 0; keys--) {
    const found = reader.block().equals(wanted);
    const block = reader.block();
    if (found) return unpackPoints(block);
  }
  return EMPTY;
}

function bodyOf(bytes: Uint8Array): Buffer {
  const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = chunk[0];
  if (format !== PLAIN && format !== COMPRESSED) {
    throw new Error(`Unknown format ${format} of a metric chunk`);
  }
  const rest = chunk.subarray(1 + CRC_BYTES);
  const body = format === PLAIN ? rest : zstdDecompressSync(rest);
  if (crc32(body) !== chunk.readUInt32LE(1)) throw new Error('A metric chunk is damaged');
  return body;
}

function unpackPoints(block: Buffer): Series {
  const reader = new ByteReader(block);
  const length = reader.varint();
  const steps = readIntegers(reader, length);
  const timestamps = readIntegers(reader, length);
  return { length, steps, timestamps, values: reader.doubles(length) };
}
