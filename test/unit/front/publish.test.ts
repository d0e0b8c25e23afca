import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publish } from '../../../lib/front/publish.ts';
import { webFiles } from '../../../lib/front/web-files.ts';
import { startS3 } from '../local/s3/s3-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-publish-'));
let s3: Awaited<ReturnType<typeof startS3>>;
beforeAll(async () => {
  s3 = await startS3();
  mkdirSync(join(folder, 'static'));
  writeFileSync(join(folder, 'index.html'), 'page');
  writeFileSync(join(folder, 'static/main.0123456789.js'), 'one');
});
afterAll(async () => {
  await s3.close();
  rmSync(folder, { recursive: true });
});

const keys = async () => {
  const { Contents = [] } = await s3.client.send(new ListObjectsV2Command({ Bucket: 'b' }));
  return Contents.map(({ Key }) => Key);
};

describe('publish', () => {
  it('makes a bucket hold the files of a build, with what browsers need to know', async () => {
    expect(await publish(s3.client, 'b', folder)).toEqual({ stored: 3, kept: 0, removed: 0 });
    const page = await s3.get('index.html');
    expect([page.text, page.ContentType, page.CacheControl]).toEqual([
      'page',
      'text/html; charset=utf-8',
      'no-cache',
    ]);
    const script = await s3.get('static-files/static/main.0123456789.js');
    expect(script.CacheControl).toMatch(/max-age=\d{7}/);
  });

  it('stores only what changed, and removes what is gone', async () => {
    rmSync(join(folder, 'static/main.0123456789.js'));
    writeFileSync(join(folder, 'static/main.abcdef0123.js'), 'two');
    expect(await publish(s3.client, 'b', folder)).toEqual({ stored: 1, kept: 2, removed: 1 });
    expect(await keys()).toEqual([
      'index.html',
      'static-files/index.html',
      'static-files/static/main.abcdef0123.js',
    ]);
  });

  it('ends with the page: it never names what is not there yet', () => {
    expect(webFiles(folder).at(-1)?.key).toBe('index.html');
  });
});
