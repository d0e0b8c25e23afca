import type { IncomingMessage } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { inProcess, startGateway } from './gateway-fixture.ts';

const LOCATION = 'http://store/bucket/a%20file?X-Amz-Signature=1';

/** A gateway whose function sends everybody to a file in the store, and what the store was asked. */
async function withStore() {
  const asked: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = [];
  const lambda = inProcess({
    file: () => ({ statusCode: 307, headers: { location: LOCATION } }),
    elsewhere: () => ({ statusCode: 307, headers: { location: 'http://other/file' } }),
  });
  const gateway = await startGateway(lambda, {
    s3: {
      handle: async ({ method, url, headers }, response) => {
        asked.push({ method, url, headers });
        response.writeHead(206, { 'content-range': 'bytes 0-3/9', 'content-length': 4 });
        response.end('file');
      },
    },
  });
  onTestFinished(() => void gateway.close());
  gateway.api();
  gateway.route('ANY /file', 'file');
  gateway.route('GET /elsewhere', 'elsewhere');
  return { asked, url: gateway.url };
}

it('a download that is sent to the store is answered by it, at the same address', async () => {
  const { asked, url } = await withStore();
  const headers = { range: 'bytes=0-3', authorization: 'Bearer secret', cookie: 'a=b' };
  const answer = await fetch(`${url}/file`, { headers, redirect: 'error' });
  expect(answer.status).toBe(206);
  expect(await answer.text()).toBe('file');
  expect(answer.headers.get('content-range')).toBe('bytes 0-3/9');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(asked).toEqual([
    {
      method: 'GET',
      url: '/bucket/a%20file?X-Amz-Signature=1',
      headers: { host: 'store', range: 'bytes=0-3' },
    },
  ]);
});

it('its head is asked for as the address is signed, and has no body', async () => {
  const { asked, url } = await withStore();
  const answer = await fetch(`${url}/file`, { method: 'HEAD', redirect: 'error' });
  expect(answer.headers.get('content-length')).toBe('4');
  expect(await answer.text()).toBe('');
  expect(asked).toMatchObject([{ method: 'GET' }]);
});

it.each([
  ['an upload', '/file', 'PUT'],
  ['what lies elsewhere', '/elsewhere', 'GET'],
])('%s is left to the client', async (_name, path, method) => {
  const { asked, url } = await withStore();
  const answer = await fetch(`${url}${path}`, { method, redirect: 'manual' });
  expect(answer.status).toBe(307);
  expect(asked).toEqual([]);
});
