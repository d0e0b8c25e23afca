import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isForAnyName, ofAllowedHosts } from '../../../lib/local/allowed-hosts.ts';

const listener = (allowed: readonly string[]) =>
  ofAllowedHosts(allowed, (_request, response) => void response.end('answered'));

let allowed: readonly string[] = [];
const server = createServer((asked, response) => listener(allowed)(asked, response));
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => void server.close());

/** What a request gets that names a host, which `fetch` does not let one choose. */
function ask(host: string, path = '/', method = 'GET') {
  const { port } = server.address() as AddressInfo;
  return new Promise<{ status: number; type: string | undefined; body: string }>(
    (resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', path, method, headers: { host } });
      asked.once('error', reject).end(method === 'POST' ? 'x'.repeat(100_000) : undefined);
      asked.once('response', async (answer) =>
        resolve({
          status: answer.statusCode ?? 0,
          type: answer.headers['content-type'],
          body: await text(answer),
        }),
      );
    },
  );
}

const statusOf = async (host: string, ...rest: string[]) => (await ask(host, ...rest)).status;

describe('a request to this machine', () => {
  it.each([
    'localhost',
    'localhost:5000',
    'LOCALHOST:5000',
    '127.0.0.1:5000',
    '127.0.1.1',
    '[::1]:5000',
    '[::1]',
    '0.0.0.0:5000',
    '10.1.2.3:5000',
    '172.16.0.9',
    '172.31.255.1:80',
    '192.168.1.7:5000',
    '[fd12::7]:5000',
    'host.docker.internal:5000',
  ])('is answered when it names %s', async (host) => {
    expect(await ask(host)).toMatchObject({ status: 200, body: 'answered' });
  });

  it.each([
    'evil.example',
    'evil.example:5000',
    'localhost.evil.example',
    'evil.localhost:5000',
    'xlocalhost',
    'localhost:x',
    '10.evil.example',
    '192.168.1.evil.example',
    '172.32.0.1',
    '8.8.8.8:5000',
    '[2001:db8::1]:5000',
    '127.0.0.1.nip.io',
    '127.0.0.1.',
    'localhost@evil.example',
  ])('is refused with the text of MLflow when it names %s', async (host) => {
    expect(await ask(host)).toEqual({
      status: 403,
      type: 'text/plain',
      body: 'Invalid Host header - possible DNS rebinding attack detected',
    });
  });

  it('is refused whatever it wants, with its body read', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE']) {
      expect(await statusOf('evil.example', '/api/2.0/x', method)).toBe(403);
    }
  });

  it('is answered by any name when a load balancer asks how it is', async () => {
    expect(await statusOf('evil.example', '/health')).toBe(200);
    expect(await statusOf('evil.example', '/version?x')).toBe(200);
    for (const path of ['/health/', '/Health', '/health/../api', '/x?/health']) {
      expect(await statusOf('evil.example', path)).toBe(403);
    }
  });
});

describe('a host that is allowed besides', () => {
  it.each([
    [['mlflow.example.com'], 'mlflow.example.com', 200],
    [['mlflow.example.com'], 'MLflow.example.com:5000', 200],
    [['mlflow.example.com'], 'mlflowXexample.com', 403],
    [['mlflow.example.com'], 'mlflow.example.com.evil.example', 403],
    [['mlflow.example.com'], 'localhost:5000', 200],
    [['a.lan:5000'], 'a.lan:5000', 200],
    [['a.lan:5000'], 'a.lan:5001', 403],
    [['a.lan:5000'], 'a.lan', 403],
    [['x', '*.lan'], 'b.lan:5000', 200],
    [['x', '*.lan'], 'b.lan.evil.example', 403],
    [['*.lan:*'], 'b.lan:5000', 200],
    [['*'], 'evil.example', 200],
  ])('%j: %s gets %i', async (names, host, status) => {
    allowed = names;
    expect(await statusOf(host)).toBe(status);
    allowed = [];
  });
});

it('a request of HTTP/1.0 that names no host is refused', async () => {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.0\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 /);
});

it.each([
  ['127.0.0.1', [], false],
  ['127.8.8.8', [], false],
  ['::1', [], false],
  ['0.0.0.0', [], true],
  ['::', [], true],
  ['10.0.0.1', [], true],
  ['0.0.0.0', ['mlflow.example.com'], false],
])('a port on %s with %j takes any name: %s', (address, names, any) => {
  expect(isForAnyName(address, names)).toBe(any);
});
