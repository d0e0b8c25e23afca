import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  checkUrl,
  guardedPost,
  publicLookup,
} from '../../../functions/shared/http/guarded-request.ts';

const POST = { headers: {}, body: '{"a":1}', timeoutMs: 60_000 };

let server: Server;
let port = 0;
let received: string[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    received.push(`${request.method} ${request.url} ${body}`);
    if (request.url === '/moved') response.writeHead(302, { location: '/target' }).end('moved');
    else if (request.url === '/large') response.end('x'.repeat(400_000));
    else if (request.url !== '/hangs') response.writeHead(201, { 'retry-after': '2' }).end('fine');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  received = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('a guarded request where private addresses are allowed', () => {
  beforeEach(() => vi.stubEnv('ALLOW_PRIVATE_WEBHOOKS', 'true'));

  it('posts the body and answers status, headers and text', async () => {
    const answer = await guardedPost(`http://127.0.0.1:${port}/hook`, POST);
    expect(answer).toMatchObject({ status: 201, headers: { 'retry-after': '2' }, body: 'fine' });
    expect(received).toEqual(['POST /hook {"a":1}']);
  });

  it('follows no redirect', async () => {
    expect((await guardedPost(`http://127.0.0.1:${port}/moved`, POST)).status).toBe(302);
    expect(received).toEqual(['POST /moved {"a":1}']);
  });

  it('gives up a receiver that hangs', async () => {
    const url = `http://127.0.0.1:${port}/hangs`;
    const asked = guardedPost(url, { ...POST, timeoutMs: 300 });
    await expect(asked).rejects.toThrow('No answer within 300 ms');
  });

  it('keeps the beginning of a large answer', async () => {
    const { body } = await guardedPost(`http://127.0.0.1:${port}/large`, POST);
    expect(body).toHaveLength(256 * 1024);
  });
});

describe('a guarded request', () => {
  it.each([
    'http://example.com/',
    'ftp://example.com/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/',
    'https://a.localhost./',
    'https://[half',
  ])('refuses %s before it sends anything', (url) => {
    expect(() => checkUrl(url, 'webhook')).toThrow(
      /Invalid webhook URL|must not resolve to a non-public IP/,
    );
  });

  it('knows no address in blanks', () => {
    expect(() => checkUrl('  ', 'Webhook')).toThrow(
      "Webhook URL cannot be empty or just whitespace: '  '",
    );
  });

  it('refuses a name that resolves to a private address when it connects', async () => {
    const found = await new Promise((resolve) => {
      publicLookup('localhost', { all: true }, (error) => resolve(error));
    });
    expect(found).toMatchObject({ name: 'AddressRefused' });
  });
});
