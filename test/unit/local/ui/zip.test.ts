import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readZip } from '../../../../lib/local/ui/zip.ts';

/** An archive as APPNOTE 6.3 describes it; extra fields and a comment are there to be skipped. */
function zip(files: readonly (readonly [string, Buffer])[], packed: boolean): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const body = packed ? deflateRawSync(content) : content;
    const extra = Buffer.from([1, 0, 2, 0, 9, 9]);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt16LE(packed ? 8 : 0, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    common.writeUInt16LE(extra.length, 24);
    const local = [Buffer.from('PK\x03\x04'), common, Buffer.from(name), extra, body];
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, tail);
    directory.push(Buffer.from(name), extra);
    parts.push(...local);
    offset += Buffer.concat(local).length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(entries.length, 8);
  end.writeUInt32LE(offset, 12);
  end.writeUInt16LE(3, 16);
  return Buffer.concat([...parts, entries, Buffer.from('PK\x05\x06'), end, Buffer.from('end')]);
}

const read = (archive: Buffer) =>
  [...readZip(archive)].map(({ name, content }) => [name, content()] as const);

describe('readZip', () => {
  it('reads back what was packed', () => {
    const names = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
    const content = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    const files = fc.array(fc.tuple(names, content), { maxLength: 5 });
    fc.assert(
      fc.property(files, fc.boolean(), (given, packed) => {
        expect(read(zip(given, packed))).toEqual(given);
      }),
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a page', Buffer.from('<html>')],
    ['half an archive', zip([['a', Buffer.from('abc')]], true).subarray(0, 30)],
  ])('refuses %s', (_name, bytes) => {
    expect(() => read(bytes)).toThrow();
  });
});
