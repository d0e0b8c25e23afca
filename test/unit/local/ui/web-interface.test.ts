import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountWebInterface } from '../../../../lib/local/ui/index.ts';
import { config, create, createFront, listen } from '../cloudfront/cloudfront-fixture.ts';
import { startS3 } from '../s3/s3-fixture.ts';

const parent = mkdtempSync(join(tmpdir(), 'slipway-ui-'));
const folder = join(parent, 'build');
const closing: (() => unknown)[] = [() => rmSync(parent, { recursive: true, force: true })];
let url: string;
let s3: Awaited<ReturnType<typeof startS3>>;

async function start(build?: string) {
  const store = await startS3();
  const front = createFront({ auth: 'none', s3: store.s3 });
  create(front, 'Distribution', 'Front', { DistributionConfig: config() });
  mountWebInterface(store.s3, front.rootBucket(), build);
  const port = await listen(
    () => front,
    (_request, response) => response.writeHead(404).end('the API'),
  );
  closing.unshift(port.close, () => store.close());
  return { url: port.url, store };
}

beforeAll(async () => {
  mkdirSync(join(folder, 'static/js'), { recursive: true });
  writeFileSync(join(parent, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'index.html'), '<!doctype html>stock');
  writeFileSync(join(folder, 'favicon.ico'), 'icon');
  writeFileSync(join(folder, 'static/js/main.9479d285.js'), 'run()');
  writeFileSync(join(folder, 'static/js/odd.bin'), 'odd');
  ({ url, store: s3 } = await start(folder));
});

afterAll(async () => {
  for (const close of closing) await close();
});

describe('a build of the web interface', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', 'no-cache', '<!doctype html>stock'],
    ['/?workspace=a', 'text/html; charset=utf-8', 'no-cache', '<!doctype html>stock'],
    ['/static-files/favicon.ico', 'image/vnd.microsoft.icon', 'no-cache', 'icon'],
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
    ['/static-files/../secret.txt', 'the API'],
    ['/static-files/%2e%2e/secret.txt', 'the API'],
    ['/static-files/static/../../secret.txt', 'the API'],
    ['/static-files//index.html', 'NoSuchKey'],
    ['/static-files/static', 'NoSuchKey'],
    ['/static-files/', 'NoSuchKey'],
    ['/static-files', 'the API'],
    ['/api/2.0/mlflow/runs/get', 'the API'],
  ])('has nothing at %s', async (target, text) => {
    // Written by hand: fetch tidies paths up.
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 404/);
    expect(answer).toContain(text);
  });

  it('is what its bucket holds, and outlives a reset', async () => {
    await s3.s3.reset();
    const listed = await s3.client.send(new ListObjectsV2Command({ Bucket: 'b' }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual([
      'index.html',
      'static-files/favicon.ico',
      'static-files/index.html',
      'static-files/static/js/main.9479d285.js',
      'static-files/static/js/odd.bin',
    ]);
    expect((await fetch(url)).status).toBe(200);
  });
});

describe('without a build', () => {
  it('says how to get one, and where clients go', async () => {
    const bare = (await start()).url;
    const response = await fetch(bare);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    expect(page).toContain('npm run ui');
    expect(page).toContain('MLFLOW_TRACKING_URI=');
    expect((await fetch(`${bare}/static-files/static/x.js`)).status).toBe(404);
  });
});
