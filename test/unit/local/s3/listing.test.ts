import {
  CreateBucketCommand,
  DeleteBucketCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3Database } from '../../../../lib/local/s3/database.ts';
import { ObjectIndex } from '../../../../lib/local/s3/object-index.ts';
import { listPage } from '../../../../lib/local/s3/operations/list-objects.ts';
import { startS3 } from './s3-fixture.ts';

let s3: Awaited<ReturnType<typeof startS3>>;

beforeAll(async () => {
  s3 = await startS3();
  for (const key of ['l/a', 'l/b/1', 'l/b/2', 'l/c', 'l/d/1', 'l2', 'm/ü']) await s3.put(key);
});

afterAll(() => s3.close());

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
describe('a listing', () => {
  it('folds keys into common prefixes, page by page', async () => {
    const seen: (string | undefined)[] = [];
    const sizes: (number | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const input = { Bucket: 'b', Prefix: 'l/', Delimiter: '/', MaxKeys: 2, ContinuationToken };
      const page = await s3.client.send(new ListObjectsV2Command(input));
      sizes.push(page.KeyCount);
      seen.push(...(page.Contents ?? []).map((one) => one.Key));
      seen.push(...(page.CommonPrefixes ?? []).map((one) => one.Prefix));
      ContinuationToken = page.NextContinuationToken;
      expect(page.IsTruncated).toBe(ContinuationToken !== undefined);
    } while (ContinuationToken);
    expect(seen).toEqual(['l/a', 'l/b/', 'l/c', 'l/d/']);
    expect(sizes).toEqual([2, 2]);
  });

  it('goes by markers in its first version', async () => {
    const seen: (string | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const input = { Bucket: 'b', Delimiter: '/', MaxKeys: 1, Marker };
      const page = await s3.client.send(new ListObjectsCommand(input));
      seen.push(...(page.Contents ?? []).map((one) => one.Key));
      seen.push(...(page.CommonPrefixes ?? []).map((one) => one.Prefix));
      Marker = page.NextMarker;
    } while (Marker);
    expect(seen).toEqual(['l/', 'l2', 'm/']);
  });

  it('starts after a key, and may be empty', async () => {
    const input = { Bucket: 'b', StartAfter: 'l/d/1' };
    const page = await s3.client.send(new ListObjectsV2Command(input));
    expect(page.Contents?.map(({ Key }) => Key)).toEqual(['l2', 'm/ü']);
    expect(page.Contents?.[0]).toMatchObject({ Size: 1, StorageClass: 'STANDARD' });
    const none = await s3.client.send(new ListObjectsV2Command({ Bucket: 'b', Prefix: 'none' }));
    expect(none).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });

  it('refuses what is no number', async () => {
    expect((await s3.raw('/b?list-type=2&max-keys=x')).status).toBe(400);
  });
});

describe('listPage', () => {
  const part = fc.constantFrom('a', 'b', 'ab', 'é', '😀', '/');
  const key = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));

  it('gives every key and common prefix once, in byte order, whatever the page size', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { maxLength: 25 }),
        fc.constantFrom('', 'a', '/', 'a/'),
        fc.constantFrom('', '/'),
        fc.integer({ min: 1, max: 5 }),
        (keys, prefix, delimiter, limit) => {
          const database = new S3Database(':memory:');
          const index = new ObjectIndex(database);
          index.createBucket('b');
          for (const one of keys) index.put(rowOf(one), () => {});
          const found: string[] = [];
          let after = '';
          for (;;) {
            const page = listPage(index, { bucket: 'b', prefix, delimiter, after, limit });
            const names = [...page.objects.map((row) => row.key), ...page.prefixes];
            expect(names.length).toBeLessThanOrEqual(limit);
            found.push(...names.sort(byBytes));
            if (page.next === undefined) break;
            after = page.next;
          }
          database.raw.close();
          expect(found).toEqual(expected(keys, prefix, delimiter));
        },
      ),
      { numRuns: 60 },
    );
  });
});

const rowOf = (key: string) => ({
  bucket: 'b',
  key,
  blob: key,
  size: 0,
  etag: '',
  modified: 0,
  headers: {},
  tags: {},
});

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function expected(keys: readonly string[], prefix: string, delimiter: string): string[] {
  const names = keys
    .filter((one) => one.startsWith(prefix))
    .map((one) => {
      const cut = delimiter ? one.indexOf(delimiter, prefix.length) : -1;
      return cut < 0 ? one : one.slice(0, cut + 1);
    });
  return [...new Set(names)].sort(byBytes);
}

describe('buckets', () => {
  it('are made, listed and deleted when empty', async () => {
    await s3.client.send(new CreateBucketCommand({ Bucket: 'other' }));
    const { Buckets } = await s3.client.send(new ListBucketsCommand());
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['b', 'other']);
    await s3.put('key', 'x', { Bucket: 'other' });
    const remove = () => s3.client.send(new DeleteBucketCommand({ Bucket: 'other' }));
    await expect(remove()).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    await s3.raw('/other/key', { method: 'DELETE' });
    await remove();
    const gone = s3.client.send(new HeadBucketCommand({ Bucket: 'other' }));
    await expect(gone).rejects.toMatchObject({ name: 'NotFound' });
  });
});
