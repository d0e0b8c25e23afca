import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from './s3-fixture.ts';

let s3: Awaited<ReturnType<typeof startS3>>;
let signer: S3Client;

const clientFor = (accessKeyId: string, secretAccessKey: string) =>
  new S3Client({
    endpoint: s3.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    // Otherwise the checksum of the body that is not there yet becomes part of the address.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });

beforeAll(async () => {
  s3 = await startS3();
  signer = clientFor('local', 'local');
});

afterAll(() => s3.close());

const KEY = "dir/ü (x)'*!+ %20.txt";
const getUrl = (options: object = {}, client = signer) =>
  getSignedUrl(client, new GetObjectCommand({ Bucket: 'b', Key: KEY }), options);
const codeOf = async (response: Response) =>
  /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1] ?? response.status;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
describe('a presigned address', () => {
  it('reads and writes for as long as it says', async () => {
    const command = new PutObjectCommand({ Bucket: 'b', Key: KEY, Metadata: { a: '1' } });
    const upload = await getSignedUrl(signer, command, { expiresIn: 60 });
    expect((await fetch(upload, { method: 'PUT', body: 'sent' })).status).toBe(200);
    const download = await fetch(await getUrl({ expiresIn: 60 }));
    expect(await download.text()).toBe('sent');
    expect(download.headers.get('x-amz-meta-a')).toBe('1');
    const expired = await getUrl({ expiresIn: 60, signingDate: new Date(Date.now() - 61_000) });
    expect(await codeOf(await fetch(expired))).toBe('AccessDenied');
    const early = await getUrl({ signingDate: new Date(Date.now() + 3600_000) });
    expect(await codeOf(await fetch(early))).toBe('AccessDenied');
  });

  it.each([
    ['another key', (url: string) => url.replace('/dir/', '/other/'), {}],
    ['a longer life', (url: string) => url.replace('Expires=900', 'Expires=9000'), {}],
    ['a further parameter', (url: string) => `${url}&response-content-type=text/html`, {}],
    ['another method', (url: string) => url, { method: 'DELETE' }],
    ['another signature', (url: string) => url.replace(/(Signature=)\w{4}/, '$10000'), {}],
  ])('does not hold for %s', async (_what, change, init) => {
    const url = change(await getUrl());
    expect(await codeOf(await fetch(url, init))).toBe('SignatureDoesNotMatch');
  });

  it('takes no header that was not signed', async () => {
    const headers = { 'x-amz-meta-extra': '1' };
    expect(await codeOf(await fetch(await getUrl(), { headers }))).toBe('AccessDenied');
  });

  it('of an unknown key or a wrong secret is refused', async () => {
    const unknown = await getUrl({}, clientFor('someone', 'local'));
    expect(await codeOf(await fetch(unknown))).toBe('InvalidAccessKeyId');
    const wrong = await getUrl({}, clientFor('local', 'guess'));
    expect(await codeOf(await fetch(wrong))).toBe('SignatureDoesNotMatch');
  });

  it('without one of its parameters is malformed', async () => {
    const url = (await getUrl()).replace(/&X-Amz-Expires=\d+/, '');
    expect(await codeOf(await fetch(url))).toBe('AuthorizationQueryParametersError');
  });

  it('binds a checksum that it carries', async () => {
    const command = new PutObjectCommand({ Bucket: 'b', Key: 'bound' });
    const url = await getSignedUrl(s3.client, command);
    expect(url).toContain('x-amz-checksum-crc32');
    expect(await codeOf(await fetch(url, { method: 'PUT', body: 'other' }))).toBe('BadDigest');
  });
});

it('a page of another site is not let in', async () => {
  const response = await fetch(`${s3.endpoint}/b/key`, {
    method: 'OPTIONS',
    headers: { origin: 'https://ui.example', 'access-control-request-method': 'PUT' },
  });
  expect(response.status).toBe(403);
  const read = await fetch(await getUrl(), { headers: { origin: 'https://ui.example' } });
  expect(read.headers.get('access-control-allow-origin')).toBeNull();
});
