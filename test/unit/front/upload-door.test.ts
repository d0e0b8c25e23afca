import { createHash } from 'node:crypto';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudFrontResultResponse } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as artifacts } from '../../../functions/artifacts/artifacts.lambda.ts';
import { handler as door } from '../../../lib/front/upload-door.ts';
import type { CloudFront } from '../../../lib/local/cloudfront/index.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import {
  apiBehavior,
  config,
  create,
  createFront,
  fileBehavior,
  listen,
} from '../local/cloudfront/cloudfront-fixture.ts';
import { inProcess, startGateway } from '../local/gateway/gateway-fixture.ts';
import { startS3 } from '../local/s3/s3-fixture.ts';

const PATH = '/api/2.0/mlflow-artifacts/artifacts';
const MB = 1024 * 1024;

let s3: Awaited<ReturnType<typeof startS3>>;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let front: CloudFront;
let port: Awaited<ReturnType<typeof listen>>;

beforeAll(async () => {
  s3 = await startS3();
  Object.assign(process.env, {
    ARTIFACTS_BUCKET: 'b',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  const lambda = inProcess({
    artifacts: (event) => {
      const { requestContext, ...rest } = event as { requestContext: object };
      const authorizer = { lambda: { user: 'ana', groups: ['users'] } };
      return artifacts(
        { ...rest, requestContext: { ...requestContext, authorizer } } as never,
        {} as never,
      );
    },
    door: (event) => door(event),
  });
  gateway = await startGateway(lambda, { store: s3.endpoint, s3: s3.s3 });
  gateway.api();
  gateway.route(`ANY ${PATH}/{proxy+}`, 'artifacts');
  port = await listen(() => front, gateway.gateway.handle);
  front = createFront({ lambda, store: s3.endpoint, s3: s3.s3, endpoint: port.url });
  const association = { EventType: 'origin-request', LambdaFunctionARN: 'door' };
  create(front, 'Distribution', 'Front', {
    DistributionConfig: config({
      DefaultCacheBehavior: fileBehavior(),
      CacheBehaviors: [
        apiBehavior({ PathPattern: `${PATH}/*`, LambdaFunctionAssociations: [association] }),
        apiBehavior({ PathPattern: '/?*' }),
      ],
    }),
  });
});
afterAll(async () => {
  port.close();
  await gateway.close();
  await s3.close();
});

const put = (path: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${port.url}${PATH}/${path}`, { method: 'PUT', body, headers });
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${port.url}${PATH}/${path}`, { headers, redirect: 'manual' });

describe('a file larger than a function takes', () => {
  it.each([4 * MB + 1, 24 * MB])('of %d bytes comes back as it was sent', async (size) => {
    const bytes = new Uint8Array(size).map((_, i) => i % 251);
    const stored = await put(`models/${size}.bin`, bytes);
    expect([stored.status, await stored.json()]).toEqual([200, {}]);
    const answer = await get(`models/${size}.bin`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename=${size}.bin`);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    const range = await get(`models/${size}.bin`, { range: 'bytes=100-103' });
    expect([range.status, new Uint8Array(await range.arrayBuffer())]).toEqual([
      206,
      bytes.slice(100, 104),
    ]);
  });

  it('is not there when its upload broke off', async () => {
    const length = 8 * MB;
    const files = s3.files();
    const upload = request(`${port.url}${PATH}/broken/model.bin`, {
      method: 'PUT',
      headers: { 'content-length': length },
    });
    upload.on('error', () => {});
    await new Promise<void>((resolve) => upload.write(Buffer.alloc(5 * MB), () => resolve()));
    await expect.poll(() => s3.files().length, { timeout: PATIENCE_MS }).toBe(files.length + 1);
    upload.destroy();
    await expect.poll(() => s3.files(), { timeout: PATIENCE_MS }).toEqual(files);
    expect((await get('broken/model.bin')).status).toBe(404);
  });

  it('is refused with another digest than its client announces, and is not there', async () => {
    const bytes = new Uint8Array(5 * MB).fill(3);
    const digest = createHash('md5').update(bytes).digest('base64');
    const other = new Uint8Array(5 * MB).fill(4);
    expect((await put('digest.bin', other, { 'content-md5': digest })).status).toBe(400);
    expect((await get('digest.bin')).status).toBe(404);
    expect((await put('digest.bin', bytes, { 'content-md5': digest })).status).toBe(200);
    expect((await get('digest.bin')).status).toBe(200);
  });

  it('is refused under a path that leaves the store', async () => {
    const answer = await put('a%5Cb', new Uint8Array(5 * MB));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ message: 'Invalid path' });
  });
});

it('is no way around the limit for other requests', async () => {
  for (const [method, path] of [
    ['POST', `${PATH}/x`],
    ['PUT', '/api/2.0/mlflow/other'],
  ] as const) {
    const body = new Uint8Array(11 * MB);
    expect((await fetch(port.url + path, { method, body })).status, path).toBeGreaterThan(400);
  }
  const body = new Uint8Array(11 * MB);
  expect((await fetch(`${port.url}${PATH}/x`, { method: 'POST', body })).status).toBe(413);
});

describe('a client that follows redirections by itself, as on AWS', () => {
  it('gets an address that takes the announced bytes and no others', async () => {
    const server = createServer((asked, response) => {
      // Stands for the API's own address: redirections reach whoever asks there.
      void gateway.gateway.handle(asked, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address() as AddressInfo;
    const origin = { domainName: '127.0.0.1', port: address.port, protocol: 'http', path: '' };
    const size = 5 * MB;
    const uri = `${PATH}/models/by%20hand.bin`;
    const headers = { 'content-length': [{ value: String(size) }] };
    const cf = { request: { method: 'PUT', uri, headers, origin: { custom: origin } } };
    const answer = await door({ Records: [{ cf }] } as never);
    server.close();
    expect(answer).toMatchObject({ status: '307' });
    const location = (answer as CloudFrontResultResponse).headers?.location?.[0]?.value ?? '';
    const bytes = new Uint8Array(size).fill(7);
    const short = await fetch(location, { method: 'PUT', body: bytes.slice(1) });
    expect(short.status).toBe(403);
    expect((await fetch(location, { method: 'PUT', body: bytes })).status).toBe(200);
    expect((await get('models/by%20hand.bin')).headers.get('content-length')).toBe(String(size));
  });
});
