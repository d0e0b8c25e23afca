import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

export interface ZipEntry {
  readonly name: string;
  readonly content: () => Buffer;
}

/**
 * Entries of a ZIP archive (PKWARE APPNOTE 6.3, without ZIP64 and encryption), by its directory. Throws
 * for what is no such archive.
 */
export function* readZip(archive: Buffer): Generator<ZipEntry> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || archive.readUInt32LE(end) !== END_OF_DIRECTORY) throw new Error('No ZIP archive');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== ENTRY) throw new Error('The ZIP directory is damaged');
    const nameLength = archive.readUInt16LE(at + 28);
    const header = archive.readUInt32LE(at + 42);
    yield {
      name: archive.toString('utf8', at + 46, at + 46 + nameLength),
      content: contentOf(archive, {
        method: archive.readUInt16LE(at + 10),
        packed: archive.readUInt32LE(at + 20),
        header,
      }),
    };
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
}

function contentOf(
  archive: Buffer,
  { method, packed, header }: { method: number; packed: number; header: number },
): () => Buffer {
  return () => {
    const start =
      header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
    const bytes = archive.subarray(start, start + packed);
    if (method === STORED) return bytes;
    if (method === DEFLATED) return inflateRawSync(bytes);
    throw new Error(`ZIP method ${method} is not known`);
  };
}
