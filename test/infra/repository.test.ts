import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../lib/build/paths.ts';
import { read } from '../support/imports.ts';

/** Larger ones are data, not text. */
const MAX_TEXT_BYTES = 2_000_000;

/** Files of the repository, committed or about to be. */
function repositoryFiles(): string[] {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  return execFileSync('git', list, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 })
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(ROOT, file)));
}

const texts = repositoryFiles()
  .filter((file) => statSync(join(ROOT, file)).size < MAX_TEXT_BYTES)
  .map((file) => ({ file, text: read(file) }))
  .filter(({ text }) => !text.includes('\0'));

const holding = (pattern: RegExp) =>
  texts.filter(({ text }) => pattern.test(text)).map(({ file }) => file);

describe('the repository', () => {
  it('locks versions without saying where they were fetched from', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, object> };
    const addressed = Object.entries(lock.packages).filter(([, entry]) => 'resolved' in entry);
    expect(Object.keys(lock.packages).length).toBeGreaterThan(50);
    expect(addressed.map(([name]) => name)).toEqual([]);
    expect(read('.npmrc').split('\n')).toContain('omit-lockfile-registry-resolved=true');
  });

  it('names no registry', () => {
    const settings = new RegExp(
      ['^\\s*(@\\w+:)?registry\\s*=', '_auth' + 'Token', '--(extra-)?index-' + 'url'].join('|'),
      'm',
    );
    expect(holding(settings)).toEqual([]);
  });

  it('holds no path of somebody’s machine', () => {
    expect(texts.length).toBeGreaterThan(100);
    expect(holding(/(?<![\w.:/-])\/(root|work|home\/\w+|Users\/\w+)\/[\w.]/)).toEqual([]);
  });

  it('holds nothing that is built', () => {
    const built = /^(dist|cdk\.out|node_modules|coverage|\.slipway|\.cache)\//;
    expect(texts.map(({ file }) => file).filter((file) => built.test(file))).toEqual([]);
  });

  it('has a runner for its checks that can be started', () => {
    for (const file of ['.ci/run', 'test/conformance/run.sh']) {
      expect(statSync(join(ROOT, file)).mode & 0o111, file).not.toBe(0);
    }
  });

  it('starts the local commands of package.json from files that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = Object.values(scripts).flatMap(
      (script) => script.match(/\b(lib|test)\/[\w/.-]+\.(ts|sh|mjs)\b/g) ?? [],
    );
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
