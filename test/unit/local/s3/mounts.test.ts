import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startS3 } from './s3-fixture.ts';

let fixture: Awaited<ReturnType<typeof startS3>>;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-mount-'));
  fixture = await startS3({ mounts: [{ prefix: 'mounted/', folder }] });
});

afterEach(async () => {
  await fixture.close();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, text = 'x'): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const content = (name: string) => readFileSync(join(folder, name), 'utf8');

async function list(more: object = {}) {
  const command = new ListObjectsV2Command({ Bucket: 'b', ...more });
  const {
    Contents = [],
    CommonPrefixes = [],
    NextContinuationToken,
  } = await fixture.client.send(command);
  return {
    keys: Contents.map(({ Key }) => Key),
    folders: CommonPrefixes.map(({ Prefix }) => Prefix),
    next: NextContinuationToken,
  };
}

describe('a mounted folder', () => {
  it('holds what is stored as plain files, and nothing beside it', async () => {
    await fixture.put('mounted/0/run/artifacts/a b.txt', 'hello');
    expect(content('0/run/artifacts/a b.txt')).toBe('hello');
    expect(fixture.files()).toEqual([]);
    await fixture.put('mounted/0/run/artifacts/a b.txt', 'again');
    expect(content('0/run/artifacts/a b.txt')).toBe('again');
    await fixture.put('other/file', 'elsewhere');
    expect(fixture.files()).toHaveLength(1);
    expect(fixture.told.map(({ type }) => type)).toEqual(Array(3).fill('Object Created'));
  });

  it('shows what others put there', async () => {
    file('0/model.bin', '0123456789');
    expect((await fixture.get('mounted/0/model.bin')).text).toBe('0123456789');
    const part = await fixture.get('mounted/0/model.bin', { Range: 'bytes=2-4' });
    expect(part).toMatchObject({ text: '234', ContentRange: 'bytes 2-4/10' });
    const head = new HeadObjectCommand({ Bucket: 'b', Key: 'mounted/0/model.bin' });
    expect((await fixture.client.send(head)).ContentLength).toBe(10);
    const target = join(fixture.dataDir, 'copy');
    await fixture.s3.download('s3://b/mounted/0/', target);
    expect(readFileSync(join(target, 'model.bin'), 'utf8')).toBe('0123456789');
  });

  it('keeps what is copied out of it as it was', async () => {
    file('a', 'before');
    const copy = { Bucket: 'b', Key: 'copy', CopySource: 'b/mounted/a' };
    await fixture.client.send(new CopyObjectCommand(copy));
    file('a', 'after');
    expect((await fixture.get('copy')).text).toBe('before');
  });

  it('takes multipart uploads', async () => {
    const where = { Bucket: 'b', Key: 'mounted/big' };
    const { UploadId } = await fixture.client.send(new CreateMultipartUploadCommand(where));
    const part = { ...where, UploadId, PartNumber: 1, Body: 'whole' };
    const { ETag } = await fixture.client.send(new UploadPartCommand(part));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    await fixture.client.send(
      new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload }),
    );
    expect(content('big')).toBe('whole');
    const left = new AbortMultipartUploadCommand({ ...where, UploadId });
    await expect(fixture.client.send(left)).rejects.toThrow();
    expect(fixture.files()).toEqual([]);
  });

  it('loses what is deleted', async () => {
    for (const name of ['a', 'b/c', 'b/d']) file(name);
    await fixture.client.send(new DeleteObjectCommand({ Bucket: 'b', Key: 'mounted/a' }));
    const Objects = [{ Key: 'mounted/b/c' }, { Key: 'mounted/b/none' }];
    await fixture.client.send(new DeleteObjectsCommand({ Bucket: 'b', Delete: { Objects } }));
    expect((await list()).keys).toEqual(['mounted/b/d']);
    expect(existsSync(join(folder, 'a'))).toBe(false);
  });

  it.each([
    ['mounted/../secret'],
    ['mounted/a/../../secret'],
    ['mounted/./a'],
    ['mounted//a'],
    ['mounted/a/'],
    ['mounted/..\\secret'],
    ['mounted/'],
  ])('cannot be left by the key %s', async (key) => {
    writeFileSync(join(folder, '..', 'secret'), 'secret');
    await expect(fixture.get(key)).rejects.toThrow();
    await expect(fixture.put(key, 'x')).rejects.toMatchObject({ name: 'InvalidArgument' });
    expect(readFileSync(join(folder, '..', 'secret'), 'utf8')).toBe('secret');
  });

  it('refuses a file where there is a folder', async () => {
    file('a/b');
    await expect(fixture.put('mounted/a', 'x')).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(fixture.put('mounted/a/b/c', 'x')).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
    await expect(fixture.get('mounted/a')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('is listed among the other objects as S3 lists', async () => {
    const name = fc.stringMatching(/^[ab.-]{1,3}$/).filter((text) => !/^\.+$/.test(text));
    const paths = fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        paths,
        fc.constantFrom('', 'mounted/', 'mounted/a', 'm', 'mounted/a/'),
        fc.constantFrom(undefined, '/'),
        fc.integer({ min: 1, max: 4 }),
        async (names, prefix, delimiter, limit) => {
          rmSync(folder, { recursive: true, force: true });
          await fixture.s3.reset();
          const stored = new Set<string>();
          for (const parts of names) {
            try {
              file(parts.join('/'));
              stored.add(`mounted/${parts.join('/')}`);
            } catch {
              // A file is in the way of a folder, or a folder in the way of a file.
            }
          }
          for (const key of ['a', 'mounted', 'mountee', 'z']) {
            await fixture.put(key);
            stored.add(key);
          }
          // The same keys in a bucket without a mount, by the plain definition.
          const keys = [...stored].filter((key) => key.startsWith(prefix)).sort();
          const folded = keys.map((key) => {
            const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
            return cut < 0 ? key : key.slice(0, cut + 1);
          });
          const found: (string | undefined)[] = [];
          for (let token: string | undefined; ; ) {
            const page = await list({
              Prefix: prefix,
              Delimiter: delimiter,
              MaxKeys: limit,
              ContinuationToken: token,
            });
            found.push(...[...page.keys, ...page.folders].sort());
            token = page.next;
            if (token === undefined) break;
          }
          expect(found).toEqual([...new Set(folded)]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
