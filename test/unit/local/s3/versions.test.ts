import { rmSync } from 'node:fs';
import {
  CopyObjectCommand,
  DeleteBucketCommand,
  type DeleteMarkerEntry,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
} from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { S3Options } from '../../../../lib/local/s3/index.ts';
import { startS3 } from './s3-fixture.ts';

const DAY = 24 * 3600 * 1000;
/** The ETag of no bytes, which S3 gives marks of deletion. */
const EMPTY = 'd41d8cd98f00b204e9800998ecf8427e';
const VERSIONED = { VersioningConfiguration: { Status: 'Enabled' } };

async function versioned(options: Partial<S3Options> = {}, bucket: object = {}) {
  const s3 = await startS3(options, { ...VERSIONED, ...bucket });
  onTestFinished(() => s3.close());
  return {
    ...s3,
    /** Puts an object and answers its version. */
    version: async (key: string, text: string) => (await s3.put(key, text)).VersionId ?? '',
    remove: (Key: string, VersionId?: string) =>
      s3.client.send(new DeleteObjectCommand({ Bucket: 'b', Key, VersionId })),
    /** Versions and marks, page by page: key, id, whether it is the latest, and what it is. */
    listed: async (more: object = {}) => {
      const found: string[][] = [];
      for (let at: object | undefined = {}; at; ) {
        const page: ListObjectVersionsCommandOutput = await s3.client.send(
          new ListObjectVersionsCommand({ Bucket: 'b', ...more, ...at }),
        );
        const line = (kind: string) => (one: ObjectVersion | DeleteMarkerEntry) =>
          [one.Key, one.VersionId, kind, ...(one.IsLatest ? ['latest'] : [])].map(String);
        found.push(...(page.Versions ?? []).map(line('object')));
        found.push(...(page.DeleteMarkers ?? []).map(line('mark')));
        const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page;
        at = page.IsTruncated ? { KeyMarker, VersionIdMarker } : undefined;
      }
      return found;
    },
  };
}

const gone = { name: 'NoSuchKey' };

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html */
describe('a bucket whose template asks for versions', () => {
  it('keeps what a write replaces', async () => {
    const { version, get, client } = await versioned();
    const [first, second] = [await version('a', 'one'), await version('a', 'two')];

    expect(await get('a')).toMatchObject({ text: 'two', VersionId: second });
    expect(await get('a', { VersionId: first })).toMatchObject({ text: 'one', VersionId: first });
    await expect(get('a', { VersionId: 'none' })).rejects.toMatchObject({ name: 'NoSuchVersion' });
    const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: 'b' }));
    expect(Status).toBe('Enabled');
  });

  it('marks what is deleted, and has it again when the mark is', async () => {
    const { version, get, remove, listed } = await versioned();
    const [first, second] = [await version('a', 'one'), await version('a', 'two')];

    const { DeleteMarker, VersionId: mark = '' } = await remove('a');
    expect(DeleteMarker).toBe(true);
    await expect(get('a')).rejects.toMatchObject(gone);
    await expect(get('a', { VersionId: mark })).rejects.toMatchObject({ name: 'MethodNotAllowed' });
    expect((await get('a', { VersionId: second })).text).toBe('two');
    expect(await listed()).toEqual([
      ['a', second, 'object'],
      ['a', first, 'object'],
      ['a', mark, 'mark', 'latest'],
    ]);

    expect(await remove('a', mark)).toMatchObject({ DeleteMarker: true, VersionId: mark });
    expect((await get('a')).text).toBe('two');
  });

  it('forgets a version that is deleted by its id, with its file', async () => {
    const { version, get, remove, listed, files } = await versioned();
    const [first, second] = [await version('a', 'one'), await version('a', 'two')];
    const third = await version('a', 'three');

    await remove('a', second);
    expect(await listed()).toEqual([
      ['a', third, 'object', 'latest'],
      ['a', first, 'object'],
    ]);
    await remove('a', third);
    expect((await get('a')).text).toBe('one');
    await remove('a', first);
    await remove('a', first);
    await expect(get('a')).rejects.toMatchObject(gone);
    expect([await listed(), files()]).toEqual([[], []]);
  });

  it('deletes several at once, by key or by version', async () => {
    const { version, get, client } = await versioned();
    const [kept, dropped] = [await version('a', 'one'), await version('a', 'two')];
    await version('b', 'x');

    const Objects = [{ Key: 'a', VersionId: dropped }, { Key: 'b' }];
    const { Deleted } = await client.send(
      new DeleteObjectsCommand({ Bucket: 'b', Delete: { Objects } }),
    );

    expect(Deleted).toEqual([
      { Key: 'a', VersionId: dropped },
      { Key: 'b', DeleteMarker: true, DeleteMarkerVersionId: expect.any(String) },
    ]);
    expect(await get('a')).toMatchObject({ text: 'one', VersionId: kept });
    await expect(get('b')).rejects.toMatchObject(gone);
  });

  it('lists them by key, from new to old, whatever the size of a page', async () => {
    const { version, remove, listed, client } = await versioned();
    for (const key of ['p/b', 'p/a', 'p/b', 'q', 'p/a', 'p/b']) await version(key, key);
    await remove('p/a');
    const whole = (await listed({ Prefix: 'p/' })).toSorted();

    expect(whole.filter((one) => one.includes('latest'))).toHaveLength(2);
    expect(whole).toHaveLength(6);
    for (const MaxKeys of [1, 2, 4]) {
      expect((await listed({ Prefix: 'p/', MaxKeys })).toSorted()).toEqual(whole);
    }
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: 'b' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['p/b', 'q']);
  });

  it('copies an old version over the present one', async () => {
    const { version, get, client } = await versioned();
    const first = await version('a', 'one');
    await version('a', 'two');

    const CopySource = `b/a?versionId=${first}`;
    const copied = await client.send(new CopyObjectCommand({ Bucket: 'b', Key: 'a', CopySource }));

    expect(await get('a')).toMatchObject({ text: 'one', VersionId: copied.VersionId });
    expect(copied.VersionId).not.toBe(first);
  });

  it('tells of versions in its events', async () => {
    const { version, remove, told } = await versioned();
    const [one, two] = [await version('a', 'one'), await version('a', 'two')];
    const { VersionId: mark } = await remove('a');
    for (const id of [one, mark, two, two]) await remove('a', id);

    const how = { requester: '000000000000', reason: 'DeleteObject' };
    const deleted = (object: object, type: string) => ({
      ...how,
      object: { ...object, key: 'a', sequencer: expect.any(String) },
      'deletion-type': type,
      version: '0',
      bucket: { name: 'b' },
    });
    expect(told.map(({ detail }) => detail)).toEqual([
      expect.objectContaining({ object: expect.objectContaining({ 'version-id': one }) }),
      expect.objectContaining({ object: expect.objectContaining({ 'version-id': two }) }),
      deleted({ 'version-id': mark, etag: EMPTY }, 'Delete Marker Created'),
      ...[one, mark, two].map((id) => deleted({ 'version-id': id }, 'Permanently Deleted')),
    ]);
  });

  it('is not empty while there are any', async () => {
    const { version, remove, client } = await versioned();
    const id = await version('a', 'one');
    const { VersionId: mark } = await remove('a');
    const deletion = () => client.send(new DeleteBucketCommand({ Bucket: 'b' }));
    await expect(deletion()).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    for (const one of [id, mark]) await remove('a', one);
    await deletion();
  });

  it('has them after a restart, and none after a reset', async () => {
    const first = await startS3({}, VERSIONED);
    const { VersionId } = await first.put('a', 'one');
    await first.put('a', 'two');
    await first.stop();

    const { get, s3, files, listed } = await versioned({ dataDir: first.dataDir });
    expect((await get('a', { VersionId })).text).toBe('one');
    await s3.reset();
    await expect.poll(files).toEqual([]);
    expect(await listed()).toEqual([]);
  });
});

describe('versions that nobody needs any more', () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
  it('are told of as the lifecycle deletes them: the mark, what it hid, and at last the mark', async () => {
    const Rules = [
      {
        Status: 'Enabled',
        ExpirationInDays: 1,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
    ];
    const bucket = { ...VERSIONED, LifecycleConfiguration: { Rules } };
    const first = await startS3({}, bucket);
    const { VersionId: id } = await first.put('a', 'one');
    await first.stop();
    onTestFinished(() => void vi.useRealTimers());
    const told: unknown[] = [];
    for (const count of [1, 2]) {
      vi.setSystemTime(Date.now() + 2 * DAY);
      const next = await startS3({ dataDir: first.dataDir }, bucket);
      await expect.poll(() => next.told).toHaveLength(count);
      await next.stop();
      told.push(...next.told);
    }
    const deleted = (object: object, how: string) => ({
      type: 'Object Deleted',
      resource: 'arn:aws:s3:::b',
      detail: expect.objectContaining({
        object: { ...object, key: 'a', sequencer: expect.any(String) },
        requester: 's3.amazonaws.com',
        reason: 'Lifecycle Expiration',
        'deletion-type': how,
      }),
    });
    const mark = expect.not.stringMatching(`${id}`);
    expect(told).toEqual([
      deleted({ 'version-id': mark, etag: EMPTY }, 'Delete Marker Created'),
      deleted({ 'version-id': id }, 'Permanently Deleted'),
      deleted({ 'version-id': mark }, 'Permanently Deleted'),
    ]);
    rmSync(first.dataDir, { recursive: true });
  });

  it('are gone after the days that the bucket says, with their files; what is there stays', async () => {
    const rule = { Status: 'Enabled', Prefix: 'queue/' };
    const Rules = [
      { ...rule, ExpirationInDays: 7, NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
    ];
    const bucket = { ...VERSIONED, LifecycleConfiguration: { Rules } };
    const first = await startS3({}, bucket);
    // More than go at once.
    for (let i = 0; i < 60; i++)
      for (const text of ['old', 'new']) await first.put(`queue/${i}`, text);
    for (const text of ['old', 'new']) await first.put('other', text);
    await first.stop();
    onTestFinished(() => void vi.useRealTimers());
    vi.setSystemTime(Date.now() + 2 * DAY);

    const second = await startS3({ dataDir: first.dataDir }, bucket);
    await expect.poll(second.files).toHaveLength(60 + 2);
    await second.put('queue/0', 'newer');
    await second.stop();
    vi.setSystemTime(Date.now() + 6 * DAY);

    // Deleted as AWS does: first there is a mark, then what it hides is forgotten, and at last the mark.
    const third = await startS3({ dataDir: first.dataDir }, bucket);
    const keys = async () =>
      (await third.client.send(new ListObjectsV2Command({ Bucket: 'b' }))).Contents?.map(
        ({ Key }) => Key,
      );
    await expect.poll(keys).toEqual(['other', 'queue/0']);
    await third.stop();
    vi.setSystemTime(Date.now() + 8 * DAY);
    await (await startS3({ dataDir: first.dataDir }, bucket)).stop();
    vi.setSystemTime(Date.now() + 8 * DAY);

    const { listed, files } = await versioned({ dataDir: first.dataDir }, bucket);
    await expect.poll(files).toHaveLength(2);
    await expect.poll(async () => (await listed()).length).toBe(2);
  });
});

it('a bucket that has suspended them is refused', async () => {
  const suspended = { VersioningConfiguration: { Status: 'Suspended' } };
  await expect(startS3({}, suspended)).rejects.toThrow('B: versioning Suspended');
});
