import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startS3, type Told } from './s3-fixture.ts';

const folders: string[] = [];
const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'slipway-s3-'));
  folders.push(path);
  return path;
};

afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** Stores objects until it is killed and prints each name once the store has accepted it. */
const WRITER = (dataDir: string) => `
  import { createS3 } from ${JSON.stringify(new URL('../../../../lib/local/s3/index.ts', import.meta.url).href)};
  import { writeFileSync } from 'node:fs';
  const s3 = createS3({ dataDir: ${JSON.stringify(dataDir)}, notify: () => {} });
  await s3.providers[0].create('B', {}, {});
  await s3.start();
  for (let i = 0; ; i++) {
    const file = ${JSON.stringify(dataDir)} + '/source';
    writeFileSync(file, String(i).repeat(50_000));
    await s3.upload(file, 's3://b/' + (i % 7));
    process.stdout.write(i + '\\n');
  }`;

describe('after kill -9', () => {
  it('no accepted object is lost or torn, and no file is left over', async () => {
    const dataDir = folder();
    const script = join(dataDir, 'writer.mjs');
    writeFileSync(script, WRITER(dataDir));
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const accepted = new Map<number, number>();
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      for (const line of text.split('\n').slice(0, -1))
        accepted.set(Number(line) % 7, Number(line));
      if (accepted.size === 7 && Math.max(...accepted.values()) > 40) child.kill('SIGKILL');
    });
    await once(child, 'exit');

    const s3 = await startS3({ dataDir });
    for (const [key, number] of accepted) {
      const body = (await s3.get(`${key}`)).text;
      const found = Number(body.slice(0, body.length / 50_000));
      // The write that the kill interrupted may be there as well, but whole.
      expect([number, number + 7]).toContain(found);
      expect(body).toBe(String(found).repeat(50_000));
    }
    expect(s3.files()).toHaveLength(7);
    await s3.stop();
  });
});

describe('an upload that ends early', () => {
  it('leaves neither an object nor a file, and is no error of the store', async () => {
    const s3 = await startS3();
    const url = new URL(`${s3.endpoint}/b/cut`);
    const headers = { authorization: 'AWS4', 'content-length': 1_000_000 };
    const upload = request(url, { method: 'PUT', headers }).on('error', () => {});
    upload.write(Buffer.alloc(300_000));
    await expect.poll(() => s3.files().length).toBe(1);
    const errors = vi.spyOn(console, 'error').mockImplementation(() => {});
    upload.destroy();
    await expect.poll(() => s3.files().length).toBe(0);
    await expect(s3.get('cut')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await s3.close();
    expect(errors).not.toHaveBeenCalled();
  });
});

describe('a reader', () => {
  it('gets one whole object while writers replace it', async () => {
    const s3 = await startS3();
    const body = (i: number) => `${i}`.repeat(400_000);
    await s3.put('hot', body(0));
    const writing = (async () => {
      for (let i = 1; i < 10; i++) await s3.put('hot', body(i));
    })();
    for (let i = 0; i < 15; i++) {
      const { text } = await s3.get('hot');
      expect(text).toBe(body(Number(text[0])));
    }
    await writing;
    expect(s3.files()).toHaveLength(1);
    await s3.close();
  });
});

describe('events', () => {
  it('tell of each change once, in order', async () => {
    const s3 = await startS3();
    await s3.put('told', 'abc');
    await s3.raw('/b/told', { method: 'DELETE' });
    await s3.raw('/b/told', { method: 'DELETE' });
    expect(s3.told.map(({ type }) => type)).toEqual(['Object Created', 'Object Deleted']);
    expect(s3.told[0]?.detail).toMatchObject({
      version: '0',
      bucket: { name: 'b' },
      object: { key: 'told', size: 3, etag: '900150983cd24fb0d6963f7d28e17f72' },
      reason: 'PutObject',
    });
    const sequencers = s3.told.map(
      ({ detail }) => (detail as unknown as { object: { sequencer: string } }).object.sequencer,
    );
    expect(sequencers.toSorted()).toEqual(sequencers);
    await s3.close();
  });

  it('that were not taken come after the next start', async () => {
    const dataDir = folder();
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const refusing = await startS3({ dataDir, notify: () => Promise.reject(new Error('down')) });
    await refusing.put('told');
    await refusing.stop();
    const told: Told['type'][] = [];
    const s3 = await startS3({ dataDir, notify: (type) => void told.push(type) });
    await expect.poll(() => told).toEqual(['Object Created']);
    await s3.stop();
  });

  it('are not made for a bucket that does not ask for them', async () => {
    const s3 = await startS3({}, { NotificationConfiguration: undefined });
    await s3.put('quiet');
    expect(s3.told).toEqual([]);
    await s3.close();
  });
});

describe('file transfer', () => {
  it('takes a prefix to a folder and a file to an object', async () => {
    const s3 = await startS3();
    const target = folder();
    for (const key of ['in/data/a.csv', 'in/data/sub/b.csv', 'in/data/', 'other']) {
      await s3.put(key, key);
    }
    await s3.s3.download('s3://b/in/data/', target);
    expect(readFileSync(join(target, 'a.csv'), 'utf8')).toBe('in/data/a.csv');
    expect(readFileSync(join(target, 'sub/b.csv'), 'utf8')).toBe('in/data/sub/b.csv');
    await s3.s3.upload(join(target, 'a.csv'), 's3://b/out/a.csv');
    expect((await s3.get('out/a.csv')).text).toBe('in/data/a.csv');
    await s3.close();
  });

  it('does not leave its folder, nor change the object through the copy', async () => {
    const s3 = await startS3();
    const target = folder();
    await s3.raw(`/b/${encodeURIComponent('p/../../escaped')}`, { method: 'PUT', body: 'x' });
    await expect(s3.s3.download('s3://b/p/', target)).rejects.toThrow(/no file name/);
    await s3.put('one', 'original');
    await s3.s3.download('s3://b/one', target);
    writeFileSync(join(target, 'one'), 'changed');
    expect((await s3.get('one')).text).toBe('original');
    await s3.close();
  });

  it.each([
    ['s3://b/none/', 'NoSuchKey'],
    ['s3://none/x', 'NoSuchBucket'],
    ['b/x', 'InvalidURI'],
  ])('refuses %s with %s', async (uri, code) => {
    const s3 = await startS3();
    await expect(s3.s3.download(uri, folder())).rejects.toMatchObject({ code });
    await s3.close();
  });
});

/** https://man7.org/linux/man-pages/man2/fsync.2.html: the entry in the folder needs a sync of its own. */
it.each([
  ['stored', (s3: Awaited<ReturnType<typeof startS3>>) => s3.put('new')],
  [
    'copied',
    (s3: Awaited<ReturnType<typeof startS3>>) =>
      s3.client.send(new CopyObjectCommand({ Bucket: 'b', Key: 'copy', CopySource: 'b/old' })),
  ],
])('an object that is %s has its name on the disk with its bytes', async (_how, change) => {
  const s3 = await startS3();
  await s3.put('old');
  const handle = await open(import.meta.filename);
  const files = Object.getPrototypeOf(handle) as typeof handle;
  const { sync } = files;
  const synced: string[] = [];
  vi.spyOn(files, 'sync').mockImplementation(async function (this: FileHandle) {
    synced.push((await this.stat()).isDirectory() ? 'folder' : 'file');
    return sync.call(this);
  });
  await handle.close();

  await change(s3);

  expect(synced.at(-1)).toBe('folder');
  await s3.close();
});
