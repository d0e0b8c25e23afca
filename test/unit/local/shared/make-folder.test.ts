import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../../../lib/local/shared/make-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-folders-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a folder', () => {
  it('is made with those above it, and taken as it is', () => {
    const path = join(folder, 'a', 'b', 'c');
    makeFolder(path);
    makeFolder(path);
    makeFolder(`${path}/`);
    expect(statSync(path).isDirectory()).toBe(true);
    symlinkSync(path, join(folder, 'link'));
    makeFolder(join(folder, 'link', 'd'));
    makeFolder(join(folder, 'link'));
    expect(statSync(join(path, 'd')).isDirectory()).toBe(true);
  });

  it('is not made where a file is, or what leads nowhere', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolder(join(folder, 'file'))).toThrow('EEXIST');
    expect(() => makeFolder(join(folder, 'file', 'a'))).toThrow('ENOTDIR');
    expect(() => makeFolder(join(folder, 'file', 'a', 'b'))).toThrow('ENOTDIR');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    expect(() => makeFolder(join(folder, 'dangling', 'a'))).toThrow('EEXIST');
    mkdirSync(join(folder, 'nowhere'));
    makeFolder(join(folder, 'dangling', 'a'));
  });

  it.skipIf(process.platform !== 'linux')('is refused where there can be none', () => {
    expect(() => makeFolder('/proc/slipway')).toThrow('ENOENT');
    expect(() => makeFolder('/proc/slipway/a/b')).toThrow('ENOENT');
  });
});
