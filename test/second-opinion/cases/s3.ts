import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type Clients, fresh, type KnownAnswer, refusal } from '../case.ts';

const API = 'AmazonS3/latest/API';
const MIB = 1024 * 1024;
const md5 = (body: string | Buffer) => createHash('md5').update(body).digest('hex');
const sha256 = (body: string) => createHash('sha256').update(body).digest('base64');

type S3 = Pick<Clients, 's3' | 'bucket'>;

const put = ({ s3, bucket }: S3, Key: string, Body: string | Buffer, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ...more }));

async function get({ s3, bucket }: S3, Key: string, more: object = {}) {
  const { Body, ...rest } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }));
  return { ...rest, text: await Body?.transformToString() };
}

const s3Case = (
  name: string,
  page: string,
  expected: unknown,
  run: (clients: S3) => Promise<unknown>,
): KnownAnswer => ({ service: 's3', name, page: `${API}/${page}.html`, expected, run });

export const s3Cases: readonly KnownAnswer[] = [
  s3Case('the ETag of an object is its MD5', 'API_PutObject', `"${md5('hello')}"`, async (s3) => {
    return (await put(s3, fresh('etag'), 'hello')).ETag;
  }),
  s3Case(
    'a body comes back with its type and metadata',
    'API_GetObject',
    ['hi', 'text/x', 'b'],
    async (s3) => {
      const key = fresh('get');
      await put(s3, key, 'hi', { ContentType: 'text/x', Metadata: { a: 'b' } });
      const { text, ContentType, Metadata } = await get(s3, key);
      return [text, ContentType, Metadata?.a];
    },
  ),
  s3Case('an object that is not there', 'API_GetObject', 'NoSuchKey', (s3) =>
    refusal(get(s3, fresh('none'))),
  ),
  s3Case('a bucket that is not there', 'API_GetObject', 'NoSuchBucket', ({ s3 }) =>
    refusal(get({ s3, bucket: fresh('no-bucket') }, 'a')),
  ),
  s3Case(
    'the head of an object that is not there',
    'API_HeadObject',
    'NotFound',
    ({ s3, bucket }) =>
      refusal(s3.send(new HeadObjectCommand({ Bucket: bucket, Key: fresh('none') }))),
  ),
  s3Case('the first bytes', 'API_GetObject', ['he', 'bytes 0-1/5'], async (s3) => {
    const key = fresh('range');
    await put(s3, key, 'hello');
    const { text, ContentRange } = await get(s3, key, { Range: 'bytes=0-1' });
    return [text, ContentRange];
  }),
  s3Case('the last bytes', 'API_GetObject', ['lo', 'bytes 3-4/5'], async (s3) => {
    const key = fresh('range');
    await put(s3, key, 'hello');
    const { text, ContentRange } = await get(s3, key, { Range: 'bytes=-2' });
    return [text, ContentRange];
  }),
  s3Case('a range beyond the end', 'API_GetObject', 'InvalidRange', async (s3) => {
    const key = fresh('range');
    await put(s3, key, 'hello');
    return refusal(get(s3, key, { Range: 'bytes=9-10' }));
  }),
  s3Case(
    'a second writer that wants to be the first',
    'API_PutObject',
    ['PreconditionFailed', 'first'],
    async (s3) => {
      const key = fresh('once');
      await put(s3, key, 'first', { IfNoneMatch: '*' });
      const second = await refusal(put(s3, key, 'second', { IfNoneMatch: '*' }));
      return [second, (await get(s3, key)).text];
    },
  ),
  s3Case(
    'a writer whose ETag is old',
    'API_PutObject',
    ['PreconditionFailed', 'new'],
    async (s3) => {
      const key = fresh('match');
      const { ETag } = await put(s3, key, 'old');
      await put(s3, key, 'new');
      const refused = await refusal(put(s3, key, 'newer', { IfMatch: ETag }));
      return [refused, (await get(s3, key)).text];
    },
  ),
  s3Case('a reader that has it already', 'API_GetObject', 304, async (s3) => {
    const key = fresh('cached');
    const { ETag } = await put(s3, key, 'same');
    try {
      await get(s3, key, { IfNoneMatch: ETag });
      return 'sent again';
    } catch (error) {
      return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    }
  }),
  s3Case('a wrong MD5', 'API_PutObject', 'BadDigest', (s3) =>
    refusal(put(s3, fresh('md5'), 'hello', { ContentMD5: Buffer.alloc(16).toString('base64') })),
  ),
  s3Case('a wrong CRC32', 'API_PutObject', 'BadDigest', (s3) =>
    refusal(put(s3, fresh('crc'), 'hello', { ChecksumCRC32: 'AAAAAA==' })),
  ),
  s3Case('the SHA-256 that was sent is kept', 'API_GetObject', true, async (s3) => {
    const key = fresh('sha');
    const ChecksumSHA256 = createHash('sha256').update('hello').digest('base64');
    await put(s3, key, 'hello', { ChecksumSHA256 });
    return (await get(s3, key, { ChecksumMode: 'ENABLED' })).ChecksumSHA256 === ChecksumSHA256;
  }),
  s3Case(
    'a listing in the order of UTF-8 bytes, cut at a delimiter',
    'API_ListObjectsV2',
    { keys: ['Z', 'a', 'é'], prefixes: ['d/'] },
    async (clients) => {
      const prefix = `${fresh('list')}/`;
      for (const key of ['é', 'a', 'Z', 'd/1', 'd/2']) await put(clients, prefix + key, 'x');
      const request = { Bucket: clients.bucket, Prefix: prefix, Delimiter: '/' };
      const page = await clients.s3.send(new ListObjectsV2Command(request));
      const short = (text: string | undefined) => text?.slice(prefix.length);
      return {
        keys: page.Contents?.map(({ Key }) => short(Key)),
        prefixes: page.CommonPrefixes?.map(({ Prefix }) => short(Prefix)),
      };
    },
  ),
  s3Case('a listing in pages', 'API_ListObjectsV2', [2, 2, 1], async ({ s3, bucket }) => {
    const Prefix = `${fresh('pages')}/`;
    for (const key of ['a', 'b', 'c', 'd', 'e']) await put({ s3, bucket }, Prefix + key, 'x');
    const sizes: (number | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const request = { Bucket: bucket, Prefix, MaxKeys: 2, ContinuationToken };
      const page = await s3.send(new ListObjectsV2Command(request));
      sizes.push(page.KeyCount);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    return sizes;
  }),
  s3Case('deleting what is not there', 'API_DeleteObject', 204, async ({ s3, bucket }) => {
    const request = new DeleteObjectCommand({ Bucket: bucket, Key: fresh('none') });
    return (await s3.send(request)).$metadata.httpStatusCode;
  }),
  s3Case('deleting several at once', 'API_DeleteObjects', ['a', 'b'], async ({ s3, bucket }) => {
    const prefix = `${fresh('several')}/`;
    for (const key of ['a', 'b']) await put({ s3, bucket }, prefix + key, 'x');
    const Objects = ['a', 'b'].map((key) => ({ Key: prefix + key }));
    const request = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } });
    const { Deleted = [] } = await s3.send(request);
    return Deleted.map(({ Key }) => Key?.slice(prefix.length)).sort();
  }),
  s3Case('tags', 'API_PutObjectTagging', [{ Key: 'a', Value: 'b c' }], async ({ s3, bucket }) => {
    const Key = fresh('tags');
    await put({ s3, bucket }, Key, 'x');
    const Tagging = { TagSet: [{ Key: 'a', Value: 'b c' }] };
    await s3.send(new PutObjectTaggingCommand({ Bucket: bucket, Key, Tagging }));
    return (await s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key }))).TagSet;
  }),
  s3Case('a copy keeps the metadata', 'API_CopyObject', ['x', 'b'], async ({ s3, bucket }) => {
    const [from, to] = [fresh('from'), fresh('to ü')];
    await put({ s3, bucket }, from, 'x', { Metadata: { a: 'b' } });
    const CopySource = `${bucket}/${encodeURIComponent(from)}`;
    await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource }));
    const { text, Metadata } = await get({ s3, bucket }, to);
    return [text, Metadata?.a];
  }),
  s3Case(
    'the ETag of parts counts them',
    'API_CompleteMultipartUpload',
    '-2',
    async ({ s3, bucket }) => {
      const upload = await multipart({ s3, bucket }, [
        Buffer.alloc(5 * MIB, 1),
        Buffer.from('end'),
      ]);
      return upload.ETag?.replaceAll('"', '').slice(32);
    },
  ),
  s3Case('a part that is too small', 'API_CompleteMultipartUpload', 'EntityTooSmall', (clients) =>
    refusal(multipart(clients, [Buffer.from('small'), Buffer.from('end')])),
  ),
  s3Case(
    'a part that is copied has the checksum of its upload',
    'API_UploadPartCopy',
    sha256('foo'),
    async ({ s3, bucket }) => {
      const Key = fresh('copied');
      await put({ s3, bucket }, `${Key}-from`, 'foo');
      const upload = { Bucket: bucket, Key, ChecksumAlgorithm: 'SHA256' as const };
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload));
      const part = { Bucket: bucket, Key, UploadId, PartNumber: 1 };
      const CopySource = `${bucket}/${Key}-from`;
      const copied = await s3.send(new UploadPartCopyCommand({ ...part, CopySource }));
      return copied.CopyPartResult?.ChecksumSHA256 ?? 'none';
    },
  ),
  s3Case('an upload that is not there', 'API_UploadPart', 'NoSuchUpload', ({ s3, bucket }) =>
    refusal(
      s3.send(
        new UploadPartCommand({
          Bucket: bucket,
          Key: 'a',
          UploadId: 'none',
          PartNumber: 1,
          Body: 'x',
        }),
      ),
    ),
  ),
  s3Case(
    'a presigned address',
    'sigv4-query-string-auth',
    [200, 'hello'],
    async ({ s3, bucket }) => {
      const Key = fresh('signed');
      await put({ s3, bucket }, Key, 'hello');
      const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key }), {
        expiresIn: 60,
      });
      const response = await fetch(url);
      return [response.status, await response.text()];
    },
  ),
  s3Case(
    'a presigned address for another key',
    'sigv4-query-string-auth',
    403,
    async ({ s3, bucket }) => {
      const Key = fresh('signed');
      await put({ s3, bucket }, Key, 'hello');
      const request = new GetObjectCommand({ Bucket: bucket, Key: 'other' });
      const url = await getSignedUrl(s3, request, { expiresIn: 60 });
      return (await fetch(url.replace('/other', `/${Key}`))).status;
    },
  ),
];

async function multipart({ s3, bucket }: S3, bodies: readonly Buffer[]) {
  const Key = fresh('parts');
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const [i, Body] of bodies.entries()) {
    const part = { Bucket: bucket, Key, UploadId, PartNumber: i + 1 };
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body }));
    Parts.push({ PartNumber: i + 1, ETag });
  }
  const MultipartUpload = { Parts };
  return s3.send(
    new CompleteMultipartUploadCommand({ Bucket: bucket, Key, UploadId, MultipartUpload }),
  );
}
