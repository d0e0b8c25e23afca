import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startS3 } from './s3-fixture.ts';

const MIB = 1024 * 1024;
const FIRST = Buffer.alloc(5 * MIB, 'a');

let s3: Awaited<ReturnType<typeof startS3>>;

beforeAll(async () => {
  s3 = await startS3();
});

afterAll(() => s3.close());

async function begin(Key: string, more: object = {}) {
  const target = { Bucket: 'b', Key };
  const created = await s3.client.send(new CreateMultipartUploadCommand({ ...target, ...more }));
  const { UploadId } = created;
  const ids = { ...target, UploadId };
  return {
    ids,
    created,
    part: async (PartNumber: number, Body: Buffer | string, options: object = {}) => {
      const input = { ...ids, PartNumber, Body, ...options };
      const { $metadata, ...part } = await s3.client.send(new UploadPartCommand(input));
      return { PartNumber, ...part };
    },
    complete: (Parts: CompletedPart[], options: object = {}) =>
      s3.client.send(
        new CompleteMultipartUploadCommand({ ...ids, MultipartUpload: { Parts }, ...options }),
      ),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
describe('a multipart upload', () => {
  it('joins its parts, in whatever order they came', async () => {
    const upload = await begin('joined', { ContentType: 'text/x', Metadata: { a: '1' } });
    const last = await upload.part(2, 'end');
    await upload.part(1, 'replaced later');
    const first = await upload.part(1, FIRST);
    const completed = await upload.complete([first, last]);
    expect(completed.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    const tail = await s3.get('joined', { Range: 'bytes=-4' });
    expect(tail).toMatchObject({ text: 'aend', ContentType: 'text/x', Metadata: { a: '1' } });
    expect(tail.ContentRange).toBe(`bytes ${5 * MIB - 1}-${5 * MIB + 2}/${5 * MIB + 3}`);
    expect(s3.files()).toHaveLength(1);
  });

  it('has the ETag that S3 gives', async () => {
    const upload = await begin('etag');
    const completed = await upload.complete([await upload.part(1, 'hello')]);
    // printf hello | md5sum | xxd -r -p | md5sum
    expect(completed.ETag).toBe('"62109206880d38a4010a98e11243924a-1"');
  });

  it.each([
    ['CRC32', 'COMPOSITE', /-2$/],
    ['CRC32C', 'FULL_OBJECT', /^[^-]+$/],
    ['SHA256', 'COMPOSITE', /-2$/],
    ['CRC64NVME', 'FULL_OBJECT', /^[^-]+$/],
  ] as const)('checks %s as %s', async (ChecksumAlgorithm, ChecksumType, form) => {
    const upload = await begin('checked', { ChecksumAlgorithm, ChecksumType });
    expect(upload.created).toMatchObject({ ChecksumAlgorithm, ChecksumType });
    const options = { ChecksumAlgorithm: ChecksumAlgorithm as ChecksumAlgorithm };
    const parts = [await upload.part(1, FIRST, options), await upload.part(2, 'end', options)];
    const name = `Checksum${ChecksumAlgorithm}` as const;
    expect((await upload.complete(parts))[name]).toMatch(form);
    const got = await s3.get('checked', { ChecksumMode: 'ENABLED' });
    expect(got.ChecksumType).toBe(ChecksumType);
    expect(got[name]).toMatch(form);
  });

  it('copies parts from other objects', async () => {
    await s3.put('source', '0123456789');
    const upload = await begin('copied');
    const copied = await s3.client.send(
      new UploadPartCopyCommand({
        ...upload.ids,
        PartNumber: 1,
        CopySource: 'b/source',
        CopySourceRange: 'bytes=2-4',
      }),
    );
    await upload.complete([{ PartNumber: 1, ETag: copied.CopyPartResult?.ETag }]);
    expect((await s3.get('copied')).text).toBe('234');
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyPartResult.html
  it.each([
    ['SHA256', 'COMPOSITE', 'LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564='],
    ['CRC32', 'FULL_OBJECT', 'jHNlIQ=='],
  ] as const)('sums up parts that are copied with its %s (%s)', async (name, type, sum) => {
    await s3.put('source', '-foo-');
    const upload = await begin('copied', { ChecksumAlgorithm: name, ChecksumType: type });
    const source = { CopySource: 'b/source', CopySourceRange: 'bytes=1-3' };
    const { CopyPartResult: copied } = await s3.client.send(
      new UploadPartCopyCommand({ ...upload.ids, PartNumber: 1, ...source }),
    );
    expect(copied?.[`Checksum${name}`]).toBe(sum);
    const { LastModified: _, ...part } = copied ?? {};
    await upload.complete([{ PartNumber: 1, ...part }]);
    const got = await s3.get('copied', { ChecksumMode: 'ENABLED' });
    expect(got).toMatchObject({ text: 'foo', ChecksumType: type });
  });

  it('is listed with its parts until it is aborted', async () => {
    const upload = await begin('listed/1');
    await upload.part(3, 'three');
    await upload.part(1, 'one');
    const { Parts } = await s3.client.send(new ListPartsCommand(upload.ids));
    expect(Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 3],
      [3, 5],
    ]);
    const list = async () =>
      (await s3.client.send(new ListMultipartUploadsCommand({ Bucket: 'b', Prefix: 'listed/' })))
        .Uploads ?? [];
    expect((await list()).map(({ UploadId }) => UploadId)).toEqual([upload.ids.UploadId]);
    const before = s3.files().length;
    await s3.client.send(new AbortMultipartUploadCommand(upload.ids));
    expect(await list()).toEqual([]);
    expect(s3.files()).toHaveLength(before - 2);
    await expect(upload.part(1, 'late')).rejects.toMatchObject({ name: 'NoSuchUpload' });
    expect(s3.files()).toHaveLength(before - 2);
  });

  it('is given up with its parts when its bucket says so', async () => {
    const rule = (Prefix: string, days: number, Status = 'Enabled') => ({
      Status,
      Prefix,
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: days },
    });
    const Rules = [rule('old/', 7), rule('kept/', 7, 'Disabled'), rule('', 365)];
    const lifecycle = { LifecycleConfiguration: { Rules } };
    const first = await startS3({}, lifecycle);
    const start = async (Key: string) => {
      const ids = { Bucket: 'b', Key };
      const { UploadId } = await first.client.send(new CreateMultipartUploadCommand(ids));
      const part = { ...ids, UploadId, PartNumber: 1, Body: 'part' };
      await first.client.send(new UploadPartCommand(part));
    };
    for (const key of ['kept/1', 'old/1', 'old/2', 'other/1']) await start(key);
    await first.stop();
    vi.setSystemTime(Date.now() + 8 * 24 * 3600 * 1000);
    onTestFinished(() => void vi.useRealTimers());

    const second = await startS3({ dataDir: first.dataDir }, lifecycle);
    onTestFinished(() => second.close());
    await expect.poll(() => second.files()).toHaveLength(2);
    const { Uploads = [] } = await second.client.send(
      new ListMultipartUploadsCommand({ Bucket: 'b' }),
    );
    expect(Uploads.map(({ Key }) => Key)).toEqual(['kept/1', 'other/1']);
  });

  it('is refused with wrong, disordered, small or no parts', async () => {
    const upload = await begin('refused');
    const [one, two] = [await upload.part(1, 'small'), await upload.part(2, 'last')];
    await expect(upload.complete([two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(upload.complete([one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' });
    const wrong = { PartNumber: 1, ETag: two.ETag };
    await expect(upload.complete([wrong])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(upload.complete([{ ...one, PartNumber: 7 }])).rejects.toMatchObject({
      name: 'InvalidPart',
    });
    await expect(upload.complete([])).rejects.toMatchObject({ name: 'MalformedXML' });
    await expect(upload.complete([two], { MpuObjectSize: 9 })).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
    await expect(upload.part(10_001, 'x')).rejects.toMatchObject({ name: 'InvalidArgument' });
    await expect(s3.get('refused')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('holds to the condition of its end', async () => {
    await s3.put('taken', 'old');
    const upload = await begin('taken');
    const part = await upload.part(1, 'new');
    await expect(upload.complete([part], { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    expect((await s3.get('taken')).text).toBe('old');
    await upload.complete([part]);
    expect((await s3.get('taken')).text).toBe('new');
  });
});

/**
 * What S3 answers to each, which its pages do not say in full:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
describe('the checksums of parts', () => {
  const sums = {
    sha256: { 'x-amz-checksum-sha256': 'LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=' },
    crc32: { 'x-amz-checksum-crc32': 'jHNlIQ==' },
    none: {},
  };
  const put = ({ Key, UploadId }: { Key: string; UploadId: string | undefined }, headers: object) =>
    s3.raw(`/b/${Key}?partNumber=1&uploadId=${UploadId}`, {
      method: 'PUT',
      body: 'foo',
      headers: { ...headers },
    });

  it.each([
    ['SHA256', 'COMPOSITE', 'sha256', 200],
    ['SHA256', 'COMPOSITE', 'crc32', 'expected checksum Type: sha256, actual checksum Type: crc32'],
    ['SHA256', 'COMPOSITE', 'none', 'expected checksum Type: sha256, actual checksum Type: null'],
    ['CRC32', 'FULL_OBJECT', 'crc32', 200],
    ['CRC32', 'FULL_OBJECT', 'none', 200],
    ['CRC32', 'FULL_OBJECT', 'sha256', 'expected checksum Type: crc32, actual checksum Type: sha'],
    [undefined, undefined, 'sha256', 200],
  ] as const)('of an upload with %s, %s: %s', async (algorithm, type, part, answer) => {
    const upload = await begin('sums', { ChecksumAlgorithm: algorithm, ChecksumType: type });
    const answered = await put(upload.ids, sums[part]);
    if (typeof answer === 'number') expect(answered.status).toBe(answer);
    else {
      expect(answered.status).toBe(400);
      expect(await answered.text()).toMatch(new RegExp(`InvalidRequest.*${answer}`));
    }
  });

  it('that make up the whole are named at the end', async () => {
    const upload = await begin('sums', { ChecksumAlgorithm: 'SHA256' });
    const { ETag, PartNumber } = await upload.part(1, 'foo', { ChecksumAlgorithm: 'SHA256' });
    await expect(upload.complete([{ ETag, PartNumber }])).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringContaining('missing for part 1'),
    });
  });
});
