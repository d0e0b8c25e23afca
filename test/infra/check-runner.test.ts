import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../lib/build/paths.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-checks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, text: string): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

/** Runs a script of the folder; `bin` there shadows what is on the path. */
function run(script: string, ...args: string[]) {
  const { status, stdout } = spawnSync('bash', [join(folder, script), ...args], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}` },
  });
  const lines = stdout.trimEnd().split('\n');
  return { ok: status === 0, last: lines.at(-1), lines };
}

describe('test/conformance/run.sh', () => {
  const lane = (name: string, text: string) => write(`${name}/run.sh`, text);

  beforeEach(() => {
    cpSync(join(ROOT, 'test/conformance/run.sh'), join(folder, 'run.sh'));
    // The build that it makes first.
    write('bin/npm', '#!/bin/sh\n');
  });

  it('sums the counts of all lanes', () => {
    lane('java', 'echo noise; echo "3 passed, 0 failed"');
    lane('python', 'echo "40 passed, 0 failed"');
    expect(run('run.sh')).toMatchObject({ ok: true, last: '43 passed, 0 failed' });
  });

  it('fails for a lane with failures and still runs the next', () => {
    lane('java', 'echo "3 passed, 2 failed"; exit 1');
    lane('python', 'echo "40 passed, 0 failed"');
    expect(run('run.sh')).toMatchObject({ ok: false, last: '43 passed, 2 failed' });
  });

  it.each([
    ['ends without a count', 'echo "Java is missing" >&2; exit 1', '0 passed, 1 failed'],
    ['says nothing at all', 'exit 0', '0 passed, 1 failed'],
    ['fails in spite of its count', 'echo "3 passed, 0 failed"; exit 7', '3 passed, 1 failed'],
  ])('counts a lane that %s as a failure', (_what, text, last) => {
    lane('java', text);
    expect(run('run.sh')).toMatchObject({ ok: false, last });
  });

  it('runs the lanes that are named', () => {
    lane('java', 'echo "3 passed, 0 failed"');
    lane('python', 'echo "40 passed, 0 failed"');
    expect(run('run.sh', 'java').last).toBe('3 passed, 0 failed');
    expect(run('run.sh', 'perl')).toMatchObject({ ok: false, last: '0 passed, 1 failed' });
  });
});

describe('.ci/run', () => {
  const report = (passed: number, failed: number, files: object[] = []) =>
    JSON.stringify({
      numPassedTests: passed,
      numFailedTests: failed,
      success: failed === 0,
      testResults: files,
    });

  /** An `npm` that answers each step of the run with a line of shell. */
  function npm(steps: {
    readonly ci?: string;
    readonly check?: string;
    readonly test?: string;
    readonly clients?: string;
    readonly second?: string;
  }): void {
    const leave = (text: string) => `for a; do :; done; echo '${text}' > "\${a#*=}"`;
    write(
      'bin/npm',
      `#!/usr/bin/env bash
       case "$*" in
         ci) ${steps.ci ?? 'true'} ;;
         "run check") ${steps.check ?? 'true'} ;;
         "run test:clients") ${steps.clients ?? 'echo "5 passed, 0 failed"'} ;;
         "run test:second-opinion") ${steps.second ?? 'echo "0 passed, 0 failed"'} ;;
         "test "*) ${steps.test ?? leave(report(100, 0))} ;;
         *) exit 9 ;;
       esac`,
    );
  }
  const tests = (text: string, status: number) =>
    `for a; do :; done; echo '${text}' > "\${a#*=}"; exit ${status}`;

  beforeEach(() => cpSync(join(ROOT, '.ci'), join(folder, '.ci'), { recursive: true }));

  it('ends with the sum of the tests and the client lanes', () => {
    npm({});
    expect(run('.ci/run')).toMatchObject({ ok: true, last: '105 passed, 0 failed' });
  });

  it('adds up failures', () => {
    npm({ test: tests(report(98, 2), 1), clients: 'echo "4 passed, 1 failed"; exit 1' });
    expect(run('.ci/run')).toMatchObject({ ok: false, last: '102 passed, 3 failed' });
  });

  it('names each failure again before its last line', () => {
    const red = { status: 'failed', fullName: 'it works', failureMessages: ['no\nat x'] };
    const files = [{ name: '/a/test/unit/b.test.ts', status: 'failed', assertionResults: [red] }];
    npm({
      test: tests(report(98, 1, files), 1),
      clients: 'echo "failed: java: a.b: null"; echo "4 passed, 1 failed"; exit 1',
    });
    expect(run('.ci/run').lines.slice(-3)).toEqual([
      'failed: test/unit/b.test.ts: it works: no',
      'failed: java: a.b: null',
      '102 passed, 2 failed',
    ]);
  });

  it('names each test that this machine could not run', () => {
    const skipped = { status: 'skipped', fullName: 'a full disk loses nothing' };
    const files = [
      { name: '/a/test/unit/b.test.ts', status: 'passed', assertionResults: [skipped] },
    ];
    npm({ test: tests(report(98, 0, files), 0) });
    expect(run('.ci/run').lines.slice(-2)).toEqual([
      'skipped: test/unit/b.test.ts: a full disk loses nothing',
      '103 passed, 0 failed',
    ]);
  });

  const unloaded = [{ name: '/a/test/unit/b.test.ts', status: 'failed', assertionResults: [] }];
  it.each([
    ['an installation that fails', { ci: 'exit 1' }, '0 passed, 1 failed'],
    ['lint or types that fail', { check: 'exit 1' }, '105 passed, 1 failed'],
    ['a runner that leaves no report', { test: 'exit 0' }, '5 passed, 1 failed'],
    ['half a report', { test: tests('{"numPassedTests": 1', 0) }, '5 passed, 1 failed'],
    ['a run without tests', { test: tests(report(0, 0), 0) }, '5 passed, 1 failed'],
    ['an error outside the tests', { test: tests(report(100, 0), 1) }, '105 passed, 1 failed'],
    [
      'a file that does not load',
      { test: tests(report(9, 0, unloaded), 1) },
      '14 passed, 1 failed',
    ],
    ['lanes without a count', { clients: 'exit 1' }, '100 passed, 1 failed'],
    [
      'a second opinion that differs',
      { second: 'echo "7 passed, 1 failed"; exit 1' },
      '112 passed, 1 failed',
    ],
  ])('counts %s as a failure', (_what, steps, last) => {
    npm(steps);
    expect(run('.ci/run')).toMatchObject({ ok: false, last });
  });
});
