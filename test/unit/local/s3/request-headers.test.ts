import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from './s3-fixture.ts';

let s3: Awaited<ReturnType<typeof startS3>>;

beforeAll(async () => {
  s3 = await startS3();
});

afterAll(() => s3.close());

const put = (headers: Record<string, string>, path = '/b/key') =>
  s3.raw(path, { method: 'PUT', body: 'x', headers });

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
describe('a header of a request', () => {
  it.each([
    ['x-amz-storage-class', 'GLACIER', 'NotImplemented'],
    ['x-amz-server-side-encryption', 'aws:kms', 'NotImplemented'],
    ['x-amz-server-side-encryption-aws-kms-key-id', 'key', 'NotImplemented'],
    ['x-amz-server-side-encryption-customer-algorithm', 'AES256', 'NotImplemented'],
    ['x-amz-copy-source-server-side-encryption-customer-key', 'key', 'NotImplemented'],
    ['x-amz-object-lock-mode', 'GOVERNANCE', 'NotImplemented'],
    ['x-amz-object-lock-legal-hold', 'ON', 'NotImplemented'],
    ['x-amz-website-redirect-location', '/other', 'NotImplemented'],
    ['x-amz-write-offset-bytes', '5', 'NotImplemented'],
    ['x-amz-mfa', 'serial 123', 'NotImplemented'],
    ['x-amz-if-match-size', '1', 'NotImplemented'],
    ['x-amz-of-tomorrow', '1', 'NotImplemented'],
    ['x-amz-acl', 'public-read', 'AccessControlListNotSupported'],
    ['x-amz-grant-read', 'id="1"', 'AccessControlListNotSupported'],
    ['x-amz-expected-bucket-owner', '111122223333', 'AccessDenied'],
    ['x-amz-source-expected-bucket-owner', '111122223333', 'AccessDenied'],
  ])('%s: %s is refused', async (name, value, code) => {
    const response = await put({ [name]: value }, '/b/refused');
    expect(await response.text()).toContain(`<Code>${code}</Code>`);
    expect((await s3.raw('/b/refused')).status).toBe(404);
  });

  it.each([
    ['x-amz-storage-class', 'STANDARD'],
    ['x-amz-server-side-encryption', 'AES256'],
    ['x-amz-acl', 'bucket-owner-full-control'],
    ['x-amz-expected-bucket-owner', '000000000000'],
    ['x-amz-request-payer', 'requester'],
    ['x-amz-api-version', '2006-03-01'],
    ['x-amz-user-agent', 'aws-sdk-js/3'],
    ['x-amz-security-token', 'token'],
    ['x-amz-meta-anything.goes', 'value'],
  ])('%s: %s is taken', async (name, value) => {
    expect((await put({ [name]: value })).status).toBe(200);
  });

  it('that names another owner refuses reads and deletions, too', async () => {
    await s3.put('owned');
    const headers = { 'x-amz-expected-bucket-owner': '111122223333' };
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      expect((await s3.raw('/b/owned', { method, headers })).status).toBe(403);
    }
    expect((await s3.get('owned')).text).toBe('x');
  });

  it('that the SDK sends for its own arguments is honoured or refused', async () => {
    const send = (more: object) =>
      s3.client.send(new PutObjectCommand({ Bucket: 'b', Key: 'sdk', Body: 'x', ...more }));
    await send({ ExpectedBucketOwner: '000000000000', StorageClass: 'STANDARD' });
    await send({ ServerSideEncryption: 'AES256', Tagging: 'a=b', ChecksumAlgorithm: 'SHA1' });
    await expect(send({ ACL: 'private' })).rejects.toMatchObject({
      name: 'AccessControlListNotSupported',
    });
    await expect(send({ StorageClass: 'STANDARD_IA' })).rejects.toMatchObject({
      name: 'NotImplemented',
    });
  });
});
