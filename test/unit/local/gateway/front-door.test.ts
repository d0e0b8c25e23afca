import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler } from '../../../../functions/artifacts/artifacts.lambda.ts';
import { startS3 } from '../s3/s3-fixture.ts';
import { inProcess, startGateway } from './gateway-fixture.ts';

const PATH = '/api/2.0/mlflow-artifacts/artifacts';
const MB = 1024 * 1024;

let s3: Awaited<ReturnType<typeof startS3>>;
let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  s3 = await startS3();
  Object.assign(process.env, {
    ARTIFACTS_BUCKET: 'b',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  const functions = inProcess({
    artifacts: (event) => {
      const { requestContext, ...rest } = event as { requestContext: object };
      const authorizer = { lambda: { user: 'ana', groups: ['users'] } };
      return handler(
        { ...rest, requestContext: { ...requestContext, authorizer } } as never,
        {} as never,
      );
    },
  });
  gateway = await startGateway(functions, { store: s3.endpoint });
  gateway.api();
  gateway.route(`ANY ${PATH}/{proxy+}`, 'artifacts');
});
afterAll(async () => {
  await gateway.close();
  await s3.close();
});

const put = (path: string, body: Uint8Array<ArrayBuffer>) =>
  fetch(`${gateway.url}${PATH}/${path}`, { method: 'PUT', body });
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}${PATH}/${path}`, { headers, redirect: 'manual' });

describe('a file larger than the gateway takes', () => {
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
    const upload = request(`${gateway.url}${PATH}/broken/model.bin`, {
      method: 'PUT',
      headers: { 'content-length': length },
    });
    upload.on('error', () => {});
    await new Promise<void>((resolve) => upload.write(Buffer.alloc(5 * MB), () => resolve()));
    upload.destroy();
    await expect.poll(async () => (await get('broken/model.bin')).status).toBe(404);
  });

  it('is refused under a path that leaves the store', async () => {
    const answer = await put('a%5Cb', new Uint8Array(5 * MB));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ message: 'Invalid path' });
  });
});

it('is no way around the limit for other requests', async () => {
  const url = `${gateway.url}${PATH}/x`;
  const answer = await fetch(url, { method: 'POST', body: new Uint8Array(11 * MB) });
  expect(answer.status).toBe(413);
});
