import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../lib/build/paths.ts';
import { read } from '../support/repository/imports.ts';

/** Larger ones are data, not text. */
const MAX_TEXT_BYTES = 2_000_000;

/** Files of the repository, committed or about to be. */
function repositoryFiles(): string[] {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  return execFileSync('git', list, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 })
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(ROOT, file)));
}

const files = repositoryFiles();

const texts = files
  .filter((file) => statSync(join(ROOT, file)).size < MAX_TEXT_BYTES)
  .map((file) => ({ file, text: read(file) }))
  .filter(({ text }) => !text.includes('\0'));

const holding = (pattern: RegExp) =>
  texts.filter(({ text }) => pattern.test(text)).map(({ file }) => file);

/** A file, a folder, or how a file's name begins: `docs/adr/0021`, `test/integration/crash/serving-kills`. */
const exists = (path: string) =>
  files.some((file) => file.startsWith(path) && /^([/.-]|$)/.test(file.slice(path.length)));

/** What people read of a file: all of a page or a shell script, the comments of a program. */
function prose({ file, text }: { file: string; text: string }): string {
  if (/\.(md|sh)$|^\.ci\//.test(file)) return text;
  return file.endsWith('.ts')
    ? (text.match(/\/\*[\s\S]*?\*\/|(?<![:/])\/\/.*$/gm) ?? []).join('\n')
    : '';
}

/** Paths from the root without placeholders; `{a,b}` and `*` are the shell's. */
const PATH =
  /(?<![\w./@$#{}-])(?:functions|lib|statemachines|test|docs)\/[\w./-]*\w(?![\w/.-]*[*<{$])/g;

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

  it('names paths, in pages and comments, that are there', () => {
    const named = texts.flatMap((text) =>
      (prose(text).match(PATH) ?? []).map((path) => ({ file: text.file, path })),
    );
    expect(named.length).toBeGreaterThan(200);
    expect(named.filter(({ path }) => !exists(path))).toEqual([]);
  });

  it('links its pages to pages and folders that are there', () => {
    const links = texts
      .filter(({ file }) => file.endsWith('.md'))
      .flatMap(({ file, text }) =>
        [...text.matchAll(/\]\((?!\w+:)([^)#\s]+)/g)].map(([, link = '']) => ({ file, link })),
      );
    expect(links.length).toBeGreaterThan(100);
    expect(
      links.filter(
        ({ file, link }) => !existsSync(join(ROOT, normalize(join(dirname(file), link)))),
      ),
    ).toEqual([]);
  });

  it('tells what each file that tests share is for', () => {
    const page = read('test/support/README.md');
    // Of these folders the page tells as a whole.
    const wholes = ['crash', 'known-answers', 'platform', 'state-machines'];
    const shared = files.flatMap((file) => {
      const [, folder = '', name] = /^test\/support\/(?:(.+)\/)?([^/]+)\.ts$/.exec(file) ?? [];
      if (name === undefined) return [];
      return wholes.includes(folder) ? [`${folder}/`] : [name];
    });
    expect(shared.length).toBeGreaterThan(30);
    expect(shared.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
  });

  it('tells of commands of npm that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const told = texts.flatMap((text) =>
      [...prose(text).matchAll(/\bnpm run (?:--?\w+ )*([a-z][\w:-]*)/g)].map(([, script = '']) => ({
        file: text.file,
        script,
      })),
    );
    expect(told.length).toBeGreaterThan(20);
    expect(told.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
  });
});
