import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webInterface } from '../../../../lib/local/ui/index.ts';

const parent = mkdtempSync(join(tmpdir(), 'slipway-ui-'));
const folder = join(parent, 'build');
const servers: { close: () => void; closeAllConnections: () => void }[] = [];
let url: string;

async function start(options: Parameters<typeof webInterface>[0]): Promise<string> {
  const serve = webInterface(options);
  const server = createServer((request, response) => {
    void serve(request, response).then((served) => {
      if (!served) response.writeHead(404).end('the API');
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  mkdirSync(join(folder, 'static/js'), { recursive: true });
  writeFileSync(join(parent, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'index.html'), '<!doctype html>stock');
  writeFileSync(join(folder, 'favicon.ico'), 'icon');
  writeFileSync(join(folder, 'static/js/main.9479d285.js'), 'run()');
  writeFileSync(join(folder, 'static/js/odd.bin'), 'odd');
  url = await start({ folder, admits: async () => true });
});

afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(parent, { recursive: true, force: true });
});

describe('a build of the web interface', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', 'no-cache', '<!doctype html>stock'],
    ['/?workspace=a', 'text/html; charset=utf-8', 'no-cache', '<!doctype html>stock'],
    ['/static-files/favicon.ico', 'image/x-icon', 'no-cache', 'icon'],
    [
      '/static-files/static/js/main.9479d285.js?x=1',
      'text/javascript; charset=utf-8',
      'public, max-age=2419200',
      'run()',
    ],
    ['/static-files/static/js/odd.bin', 'application/octet-stream', 'no-cache', 'odd'],
  ])('is served: %s', async (path, type, caching, body) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('cache-control')).toBe(caching);
    expect(response.headers.get('content-length')).toBe(String(body.length));
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(await response.text()).toBe(body);
  });

  it('is sent once to whoever keeps it', async () => {
    const path = `${url}/static-files/static/js/main.9479d285.js`;
    const etag = (await fetch(path)).headers.get('etag') ?? '';
    const again = await fetch(path, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    expect((await fetch(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('answers HEAD without a body', async () => {
    const response = await fetch(url, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('20');
  });

  it.each([
    '/static-files/../secret.txt',
    '/static-files/%2e%2e/secret.txt',
    '/static-files/static/../../secret.txt',
    '/static-files//index.html',
    '/static-files/static',
    '/static-files/',
    '/static-files',
    '/index.html',
    '/api/2.0/mlflow/runs/get',
  ])('has nothing at %s', async (target) => {
    // Written by hand: fetch tidies paths up.
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 404/);
    expect(answer).toContain('the API');
  });

  it('leaves other methods to the API', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect((await fetch(url, { method })).status, method).toBe(404);
    }
  });
});

describe('without a build', () => {
  it('says how to get one, and where clients go', async () => {
    const bare = await start({ admits: async () => true });
    const response = await fetch(bare);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    expect(page).toContain('npm run ui');
    expect(page).toContain(`MLFLOW_TRACKING_URI=${bare}`);
    expect((await fetch(`${bare}/static-files/index.html`)).status).toBe(404);
  });
});

describe('with tokens', () => {
  it('lets the browser ask its user', async () => {
    const closed = await start({
      folder,
      admits: async ({ headers }) => headers.authorization === 'Basic good',
    });
    const refused = await fetch(closed);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect((await fetch(closed, { headers: { authorization: 'Basic bad' } })).status).toBe(401);
    const admitted = await fetch(closed, { headers: { authorization: 'Basic good' } });
    expect(await admitted.text()).toBe('<!doctype html>stock');
  });
});
