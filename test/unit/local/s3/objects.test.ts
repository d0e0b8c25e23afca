import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from './s3-fixture.ts';

let s3: Awaited<ReturnType<typeof startS3>>;

beforeAll(async () => {
  s3 = await startS3();
});

afterAll(() => s3.close());

const head = (Key: string) => s3.client.send(new HeadObjectCommand({ Bucket: 'b', Key }));
const copy = (Key: string, CopySource: string, more: object = {}) =>
  s3.client.send(new CopyObjectCommand({ Bucket: 'b', Key, CopySource, ...more }));

describe('an object', () => {
  it('comes back with its bytes, content headers and metadata', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    await s3.put('plain', 'grüße', {
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      ContentEncoding: 'identity',
      Metadata: { one: '1' },
    });
    const got = await s3.get('plain');
    expect(got.text).toBe('grüße');
    expect(got).toMatchObject({
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      ContentEncoding: 'identity',
      Metadata: { one: '1' },
      ContentLength: 7,
      ETag: '"fee40dc24d0ad6a90c608052aa4e9e66"',
    });
    expect(got.LastModified!.getTime()).toBeGreaterThanOrEqual(before);
    expect(got.LastModified!.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('may have any key', async () => {
    const key = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !text.includes('\0') && !/^\/|^\.{1,2}(\/|$)/.test(text));
    await fc.assert(
      fc.asyncProperty(key, async (text) => {
        await s3.put(`any/${text}`, text);
        expect((await s3.get(`any/${text}`)).text).toBe(text);
      }),
      { numRuns: 30 },
    );
  });

  it.each(['a/../b', 'a//b', './c', 'a b+c%20', '{x}?#&=', ' leading'])(
    'keeps the key %s as it is',
    async (key) => {
      await s3.raw(`/b/raw/${encodeURIComponent(key)}`, { method: 'PUT', body: key });
      const list = await (await s3.raw('/b?list-type=2&prefix=raw/&encoding-type=url')).text();
      expect(list).toContain(`<Key>raw/${encodeURIComponent(key).replaceAll('%2F', '/')}</Key>`);
    },
  );

  it('may be empty', async () => {
    await s3.put('empty', '');
    expect((await s3.get('empty')).text).toBe('');
    expect((await head('empty')).ContentLength).toBe(0);
  });

  it('may come as a stream in aws-chunked encoding, byte for byte', async () => {
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
    await s3.client.send(
      new PutObjectCommand({
        Bucket: 'b',
        Key: 'stream',
        Body: Readable.from([
          body.subarray(0, 1000),
          body.subarray(1000, 1001),
          body.subarray(1001),
        ]),
        ContentLength: body.length,
      }),
    );
    const got = await s3.get('stream', { ChecksumMode: 'ENABLED' });
    expect(got.ContentLength).toBe(body.length);
    expect(got.ContentEncoding).toBeUndefined();
    expect(got.ChecksumCRC32).toBeDefined();
  });

  it('is deleted once and for all', async () => {
    await s3.put('gone');
    await s3.client.send(new DeleteObjectCommand({ Bucket: 'b', Key: 'gone' }));
    await s3.client.send(new DeleteObjectCommand({ Bucket: 'b', Key: 'gone' }));
    await expect(s3.get('gone')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(head('gone')).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('is deleted together with others', async () => {
    const keys = ['many/a', 'many/ü &<>"', ' many/b '];
    for (const key of keys) await s3.put(key);
    const objects = [...keys, 'many/none'].map((Key) => ({ Key }));
    const command = new DeleteObjectsCommand({ Bucket: 'b', Delete: { Objects: objects } });
    const { Deleted } = await s3.client.send(command);
    expect(Deleted?.map(({ Key }) => Key)).toEqual([...keys, 'many/none']);
    for (const key of keys) await expect(s3.get(key)).rejects.toThrow();
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
  it('is deleted among others only while it has the ETag that is named', async () => {
    const { ETag } = await s3.put('if/same', '1');
    await s3.put('if/changed', '2');
    const objects = ['if/same', 'if/changed', 'if/none'].map((Key) => ({ Key, ETag }));
    const command = new DeleteObjectsCommand({
      Bucket: 'b',
      Delete: { Objects: [...objects, { Key: 'if/none' }], Quiet: true },
    });
    const { Deleted, Errors } = await s3.client.send(command);
    expect(Deleted).toBeUndefined();
    expect(Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
      ['if/changed', 'PreconditionFailed'],
      ['if/none', 'NoSuchKey'],
    ]);
    expect((await s3.get('if/changed')).text).toBe('2');
    await expect(s3.get('if/same')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it.each([
    ['a time', '<LastModifiedTime>Mon, 01 Jan 2024 00:00:00 GMT</LastModifiedTime>'],
    ['a size', '<Size>1</Size>'],
    ['an ETag of an old version', '<VersionId>v</VersionId><ETag>e</ETag>'],
  ])('is not deleted under a condition that nobody checks: %s', async (_what, condition) => {
    await s3.put('kept');
    const body = `<Delete><Object><Key>kept</Key>${condition}</Object></Delete>`;
    const refused = await s3.raw('/b?delete', { method: 'POST', body });
    expect([refused.status, await refused.text()]).toEqual([
      501,
      expect.stringContaining('NotImplemented'),
    ]);
    expect((await s3.get('kept')).text).toBe('x');
  });

  it.each([
    ['?delete', 'POST', '<Delete><Object><Key>guarded</Key></Object></Delete>'],
    ['/guarded?tagging', 'PUT', '<Tagging><TagSet/></Tagging>'],
  ])(
    'stays as it is when the document of %s is not the one that was sent',
    async (to, method, body) => {
      await s3.put('guarded', 'x', { Tagging: 'a=b' });
      for (const digest of [
        { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' },
        { 'x-amz-checksum-crc32': 'AAAAAA==' },
      ]) {
        const refused = await s3.raw(`/b${to}`, { method, body, headers: digest });
        expect([refused.status, await refused.text()]).toEqual([
          400,
          expect.stringContaining('BadDigest'),
        ]);
      }
      expect((await s3.get('guarded')).TagCount).toBe(1);
    },
  );
});

describe('a checksum', () => {
  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    '%s is verified and comes back',
    async (algorithm) => {
      const put = await s3.put('sum', 'body', { ChecksumAlgorithm: algorithm });
      const got = await s3.get('sum', { ChecksumMode: 'ENABLED' });
      expect(got[`Checksum${algorithm}`]).toBe(put[`Checksum${algorithm}`]);
      expect(got[`Checksum${algorithm}`]).toBeTruthy();
    },
  );

  it.each([
    ['CRC32', { ChecksumCRC32: 'AAAAAA==' }],
    ['CRC64NVME', { ChecksumCRC64NVME: 'AAAAAAAAAAA=' }],
    ['SHA-256', { ChecksumSHA256: `${'A'.repeat(43)}=` }],
    ['MD5', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }],
  ])('%s that is wrong refuses the body and leaves the old object', async (_name, checksum) => {
    await s3.put('checked', 'old');
    const before = s3.files().length;
    await expect(s3.put('checked', 'new', checksum)).rejects.toMatchObject({ name: 'BadDigest' });
    expect((await s3.get('checked')).text).toBe('old');
    expect(s3.files()).toHaveLength(before);
  });

  it('of the signature is held against the body', async () => {
    const init = {
      method: 'PUT',
      body: 'tampered',
      headers: { 'x-amz-content-sha256': 'a'.repeat(64) },
    };
    expect((await s3.raw('/b/signed-body', init)).status).toBe(400);
  });

  it('is not sent with a range, which it would not fit', async () => {
    await s3.put('sum', 'body');
    const got = await s3.get('sum', { ChecksumMode: 'ENABLED', Range: 'bytes=0-1' });
    expect(got.ChecksumCRC32).toBeUndefined();
  });
});

describe('a range', () => {
  it.each([
    ['bytes=0-1', 'ab', 'bytes 0-1/5'],
    ['bytes=3-', 'de', 'bytes 3-4/5'],
    ['bytes=-2', 'de', 'bytes 3-4/5'],
    ['bytes=3-99', 'de', 'bytes 3-4/5'],
    ['bytes=-99', 'abcde', 'bytes 0-4/5'],
    ['bytes=4-2', 'abcde', undefined],
    ['lines=1-2', 'abcde', undefined],
  ])('%s gives %s', async (Range, expected, contentRange) => {
    await s3.put('range', 'abcde');
    const got = await s3.get('range', { Range });
    expect(got.text).toBe(expected);
    expect(got.ContentRange).toBe(contentRange);
  });

  it('behind the end is refused', async () => {
    await s3.put('range', 'abcde');
    const refused = { name: 'InvalidRange', $metadata: { httpStatusCode: 416 } };
    await expect(s3.get('range', { Range: 'bytes=5-' })).rejects.toMatchObject(refused);
  });
});

describe('a condition', () => {
  it('lets one of many racing writers win', async () => {
    const racers = Array.from({ length: 5 }, (_, i) =>
      s3.put('once', `${i}`, { IfNoneMatch: '*' }),
    );
    const race = await Promise.allSettled(racers);
    const winner = race.findIndex(({ status }) => status === 'fulfilled');
    expect(race.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await s3.get('once')).text).toBe(`${winner}`);
  });

  it('on a write holds against the present ETag', async () => {
    const { ETag } = await s3.put('match', '1');
    await s3.put('match', '2', { IfMatch: ETag });
    const failed = { name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } };
    await expect(s3.put('match', '3', { IfMatch: ETag })).rejects.toMatchObject(failed);
    await expect(s3.put('no-match', '1', { IfMatch: ETag })).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
    expect((await s3.get('match')).text).toBe('2');
  });

  it('on a read answers 304 or 412', async () => {
    const { ETag } = await s3.put('read', '1');
    const status = async (more: object) =>
      (await s3.get('read', more).catch((error) => error)).$metadata.httpStatusCode;
    const [past, future] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
    expect(await status({ IfNoneMatch: ETag })).toBe(304);
    expect(await status({ IfNoneMatch: '"other"' })).toBe(200);
    expect(await status({ IfMatch: '"other"' })).toBe(412);
    expect(await status({ IfMatch: ETag, IfUnmodifiedSince: past })).toBe(200);
    expect(await status({ IfUnmodifiedSince: past })).toBe(412);
    expect(await status({ IfModifiedSince: future })).toBe(304);
    expect(await status({ IfModifiedSince: past })).toBe(200);
  });
});

describe('a copy', () => {
  it('has the bytes, headers and tags of its source', async () => {
    const more = { ContentType: 'text/x', Metadata: { a: '1' }, Tagging: 't=1' };
    await s3.put('from ü+', 'body', more);
    await copy('to', `b/${encodeURIComponent('from ü+')}`);
    await s3.put('from ü+', 'changed');
    const got = await s3.get('to');
    expect(got).toMatchObject({ text: 'body', ContentType: 'text/x', Metadata: { a: '1' } });
    expect(got.TagCount).toBe(1);
  });

  it('may replace the metadata, onto itself too', async () => {
    await s3.put('self', 'body', { Metadata: { a: '1' } });
    await expect(copy('self', 'b/self')).rejects.toMatchObject({ name: 'InvalidRequest' });
    await copy('self', 'b/self', { MetadataDirective: 'REPLACE', Metadata: { b: '2' } });
    expect(await s3.get('self')).toMatchObject({ text: 'body', Metadata: { b: '2' } });
  });

  it('holds to conditions on its source', async () => {
    const { ETag } = await s3.put('source', 'body');
    await copy('conditional', 'b/source', { CopySourceIfMatch: ETag });
    await expect(
      copy('conditional', 'b/source', { CopySourceIfNoneMatch: ETag }),
    ).rejects.toThrow();
    await expect(copy('conditional', 'b/none')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('tags', () => {
  it('are set, read and counted', async () => {
    await s3.put('tagged', 'x', { Tagging: 'a=1&b=x%20y' });
    const read = async () =>
      (await s3.client.send(new GetObjectTaggingCommand({ Bucket: 'b', Key: 'tagged' }))).TagSet;
    expect(await read()).toEqual([
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: 'x y' },
    ]);
    const Tagging = { TagSet: [{ Key: 'c', Value: '<3>' }] };
    await s3.client.send(new PutObjectTaggingCommand({ Bucket: 'b', Key: 'tagged', Tagging }));
    expect(await read()).toEqual([{ Key: 'c', Value: '<3>' }]);
  });
});

describe('S3 refuses', () => {
  it.each([
    ['an unsigned request', '/b/plain', {}, 403, 'AccessDenied', { authorization: null }],
    ['signature version 2', '/b/plain?AWSAccessKeyId=a&Signature=b', {}, 400, 'InvalidRequest'],
    ['an unknown bucket', '/none/key', {}, 404, 'NoSuchBucket'],
    ['an unknown sub-resource', '/b/plain?acl', {}, 501, 'NotImplemented'],
    ['a version', '/b/plain?versionId=1', {}, 501, 'NotImplemented'],
    ['a key above 1,024 bytes', `/b/${'k'.repeat(1025)}`, {}, 400, 'KeyTooLongError'],
    ['a key that cannot be decoded', '/b/%zz', {}, 400, 'InvalidURI'],
    [
      'customer keys',
      '/b/x',
      { method: 'PUT', headers: { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' } },
      501,
      'NotImplemented',
    ],
    ['a bad bucket name', '/Bad_Name', { method: 'PUT' }, 400, 'InvalidBucketName'],
  ])('%s', async (_what, path, init, status, code, headers?: object) => {
    const response = headers
      ? await fetch(s3.endpoint + path, init as RequestInit)
      : await s3.raw(path, init as RequestInit);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(`<Code>${code}</Code>`);
  });

  it('a body that is shorter than announced', async () => {
    const init = {
      method: 'PUT',
      body: '3\r\nabc\r\n0\r\n\r\n',
      headers: {
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '4',
      },
    };
    const response = await s3.raw('/b/short', init);
    expect(await response.text()).toContain('IncompleteBody');
    await expect(head('short')).rejects.toThrow();
  });
});
