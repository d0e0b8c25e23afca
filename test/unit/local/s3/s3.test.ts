import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, describe, expect, it } from 'vitest';
import { createS3 } from '../../../../lib/local/s3/index.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'slipway-s3-'));
const events: string[] = [];
const s3 = createS3({
  dataDir,
  notify: (type, detail) => events.push(`${type} ${JSON.stringify(detail)}`),
});
await s3.providers[0]?.create(
  'B',
  { BucketName: 'b', NotificationConfiguration: { EventBridgeConfiguration: {} } },
  { region: '', accountId: '', assetPath: () => '' },
);
const server = createServer((request, response) => void s3.handle(request, response));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const client = new S3Client({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
});

afterAll(async () => {
  server.close();
  await s3.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const put = (Key: string, Body: string | Buffer = 'x', more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket: 'b', Key, Body, ...more }));
const text = async (Key: string, more: object = {}) => {
  const output = await client.send(new GetObjectCommand({ Bucket: 'b', Key, ...more }));
  return { ...output, text: await output.Body?.transformToString() };
};
const list = (more: object) => client.send(new ListObjectsV2Command({ Bucket: 'b', ...more }));

describe('S3', () => {
  it('gives back what was put, with its type and metadata', async () => {
    await put('a/ü %&.txt', 'grüße', { ContentType: 'text/plain', Metadata: { one: '1' } });
    const got = await text('a/ü %&.txt', { ChecksumMode: 'ENABLED' });
    expect(got.text).toBe('grüße');
    expect(got).toMatchObject({ ContentType: 'text/plain', Metadata: { one: '1' } });
    expect(got.ChecksumCRC32).toBeDefined();
  });

  it('takes a stream in aws-chunked encoding byte for byte', async () => {
    const body = Buffer.alloc(300_000, 'abc');
    await client.send(
      new PutObjectCommand({
        Bucket: 'b',
        Key: 'stream',
        Body: Readable.from([body.subarray(0, 1000), body.subarray(1000)]),
        ContentLength: body.length,
      }),
    );
    expect(Buffer.from((await text('stream')).text ?? '')).toEqual(body);
  });

  it('refuses a wrong checksum and keeps the old object', async () => {
    await put('checked', 'old');
    await expect(put('checked', 'new', { ChecksumCRC32: 'AAAAAA==' })).rejects.toThrow(
      /BadDigest|match/,
    );
    await expect(
      put('checked', 'new', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }),
    ).rejects.toThrow();
    expect((await text('checked')).text).toBe('old');
  });

  it('lets one of two conditional writers win', async () => {
    const race = await Promise.allSettled(
      [1, 2].map((i) => put('once', `${i}`, { IfNoneMatch: '*' })),
    );
    expect(race.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { ETag } = await put('match', '1');
    await put('match', '2', { IfMatch: ETag });
    await expect(put('match', '3', { IfMatch: ETag })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  });

  it.each([
    ['bytes=0-1', 'ab'],
    ['bytes=3-', 'de'],
    ['bytes=-2', 'de'],
    ['bytes=3-99', 'de'],
  ])('serves the range %s', async (Range, expected) => {
    await put('range', 'abcde');
    expect((await text('range', { Range })).text).toBe(expected);
  });

  it('refuses a range behind the end', async () => {
    await put('range', 'abcde');
    await expect(text('range', { Range: 'bytes=5-' })).rejects.toMatchObject({
      name: 'InvalidRange',
    });
  });

  it('lists keys and common prefixes in order, page by page', async () => {
    for (const key of ['l/a', 'l/b/1', 'l/b/2', 'l/c', 'l/d/1']) await put(key);
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await list({ Prefix: 'l/', Delimiter: '/', MaxKeys: 2, ContinuationToken });
      seen.push(
        ...(page.Contents ?? []).map((o) => o.Key),
        ...(page.CommonPrefixes ?? []).map((p) => p.Prefix),
      );
      expect(page.KeyCount).toBeLessThanOrEqual(2);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(seen.sort()).toEqual(['l/a', 'l/b/', 'l/c', 'l/d/']);
  });

  it('joins parts into one object', async () => {
    const target = { Bucket: 'b', Key: 'parts' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
    const bodies = [Buffer.alloc(5 << 20, 'a'), Buffer.from('end')];
    const Parts = [];
    for (const [i, Body] of bodies.entries()) {
      const part = { ...target, UploadId, PartNumber: i + 1, Body };
      const { ETag } = await client.send(new UploadPartCommand(part));
      Parts.push({ PartNumber: i + 1, ETag });
    }
    const completed = await client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
    );
    expect(completed.ETag).toMatch(/-2"$/);
    const head = await client.send(new HeadObjectCommand(target));
    expect(head.ContentLength).toBe((5 << 20) + 3);
    expect((await text('parts', { Range: 'bytes=-4' })).text).toBe('aend');
  });

  it('copies and deletes', async () => {
    await put('from', 'body');
    await client.send(new CopyObjectCommand({ Bucket: 'b', Key: 'to', CopySource: 'b/from' }));
    await client.send(
      new DeleteObjectsCommand({
        Bucket: 'b',
        Delete: { Objects: [{ Key: 'from' }, { Key: 'gone' }] },
      }),
    );
    expect((await text('to')).text).toBe('body');
    await expect(text('from')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('honours a presigned address until it expires or is changed', async () => {
    await put('signed', 'secret');
    const get = new GetObjectCommand({ Bucket: 'b', Key: 'signed' });
    const url = await getSignedUrl(client, get, { expiresIn: 60 });
    expect(await (await fetch(url)).text()).toBe('secret');
    expect((await fetch(url.replace('/signed?', '/other?'))).status).toBe(403);
    const old = await getSignedUrl(client, get, {
      expiresIn: 60,
      signingDate: new Date(Date.now() - 61_000),
    });
    expect((await fetch(old)).status).toBe(403);
    const upload = await getSignedUrl(client, new PutObjectCommand({ Bucket: 'b', Key: 'up' }));
    expect((await fetch(upload, { method: 'PUT', body: 'sent' })).status).toBe(200);
    expect((await text('up')).text).toBe('sent');
  });

  it('tells EventBridge about new objects', async () => {
    await put('told');
    expect(events.some((e) => e.startsWith('Object Created') && e.includes('"told"'))).toBe(true);
  });

  it('leaves no file behind that no object names', async () => {
    await put('twice', 'one');
    await put('twice', 'two');
    await s3.start();
    const files = readdirSync(join(dataDir, 's3'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    expect(files.filter((content) => content === 'one')).toEqual([]);
    expect(files).toContain('two');
  });

  it('refuses what it does not implement, and unknown buckets', async () => {
    await expect(list({ Bucket: 'none' })).rejects.toMatchObject({ name: 'NoSuchBucket' });
    expect((await fetch(`${endpoint}/b/told?tagging`)).status).toBe(501);
  });
});
