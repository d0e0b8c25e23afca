import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes.ts';

const COMPRESS_FROM = 64;
const CRC_BYTES = 4;

/**
 * Columns as bytes: each is compressed by itself, so that a reader decodes those that it needs. A
 * checksum stands before them.
 */
export function packColumns(
  format: number,
  rows: number,
  columns: Iterable<readonly [name: string, raw: Buffer]>,
): Buffer {
  const writer = new ByteWriter();
  writer.varint(format);
  writer.varint(rows);
  for (const [name, raw] of columns) {
    writer.text(name);
    const small = raw.length < COMPRESS_FROM;
    writer.varint(small ? 0 : 1);
    writer.block(small ? raw : zstdCompressSync(raw));
  }
  const body = writer.bytes();
  const checksum = Buffer.alloc(CRC_BYTES);
  checksum.writeUInt32LE(crc32(body));
  return Buffer.concat([checksum, body]);
}

/** What `packColumns` wrote. */
export class PackedColumns {
  readonly rows: number;
  /** Packed. */
  readonly bytes: number;
  private readonly stored = new Map<string, { compressed: boolean; bytes: Buffer }>();

  /** Throws for damaged bytes and another format. */
  constructor(format: number, packed: Uint8Array) {
    const all = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
    const body = all.subarray(CRC_BYTES);
    if (all.length < CRC_BYTES || crc32(body) !== all.readUInt32LE(0)) {
      throw new Error('A segment is damaged');
    }
    const reader = new ByteReader(body);
    const found = reader.varint();
    if (found !== format) throw new Error(`Unknown format ${found} of a segment`);
    this.rows = reader.varint();
    this.bytes = all.length;
    while (!reader.done()) {
      const name = reader.text();
      const compressed = reader.varint() === 1;
      this.stored.set(name, { compressed, bytes: reader.block() });
    }
  }

  names(): Iterable<string> {
    return this.stored.keys();
  }

  raw(name: string): Buffer | undefined {
    const stored = this.stored.get(name);
    return stored && (stored.compressed ? zstdDecompressSync(stored.bytes) : stored.bytes);
  }
}
