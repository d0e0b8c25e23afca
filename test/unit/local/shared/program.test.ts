import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProgram } from '../../../../lib/local/shared/program.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-program-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = (script: string) =>
  startProgram({
    command: ['/bin/sh', '-c', script],
    cwd: folder,
    environment: { PATH: process.env.PATH ?? '' },
    log: join(folder, 'log'),
  });

/** The number in a file that a program writes. */
async function pidIn(name: string): Promise<number> {
  const file = join(folder, name);
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toMatch(/\d\n/);
  return Number(readFileSync(file, 'utf8'));
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const gone = (pid: number) => expect.poll(() => alive(pid)).toBe(false);

/** It starts another program, and listens to no SIGTERM. */
const STUBBORN = 'trap "" TERM; sleep 600 & echo $! > other; echo $$ > own; wait';

describe('a program', () => {
  it.each([
    ['exit 3', 3],
    ['kill -KILL $$', 137],
    ['exec no-such-program', 127],
  ])('that is over at once, by `%s`, has an exit code', async (script, code) => {
    const programs = await Promise.all(Array.from({ length: 10 }, () => start(script)));
    const codes = await Promise.all(programs.map(({ exit }) => exit));
    expect(new Set(codes)).toEqual(new Set([code]));
  });

  it('is asked to stop, and says how it ended', async () => {
    const program = await start('trap "exit 5" TERM; echo $$ > own; while :; do sleep 0.05; done');
    await pidIn('own');
    program.stop(10_000);
    expect(await program.exit).toBe(5);
  });

  it.each([0, 100])('is over with all it has started, %s ms after it was told', async (graceMs) => {
    const program = await start(STUBBORN);
    const [own, other] = [await pidIn('own'), await pidIn('other')];
    program.stop(graceMs);
    expect(await program.exit).toBe(137);
    expect(alive(own)).toBe(false);
    await gone(other);
  });

  it('has its own exit code, however its end and the signals to its supervisor fall together', async () => {
    const deaf = 'trap "" TERM; : > "deaf-$$"; while :; do sleep 1; done';
    const programs = await Promise.all(Array.from({ length: 20 }, () => start(deaf)));
    // One that has not come to its trap yet would end by the first signal.
    const ready = () => readdirSync(folder).filter((name) => name.startsWith('deaf-')).length;
    await expect.poll(ready).toBe(programs.length);
    for (const [i, program] of programs.entries()) program.stop(20 + i);
    const codes = await Promise.all(programs.map(({ exit }) => exit));
    expect(new Set(codes)).toEqual(new Set([137]));
  });

  it('is over with all it has started when its host is killed', async () => {
    const host = fork(join(import.meta.dirname, 'program-host.ts'), [folder]);
    const [own, other] = [await pidIn('own'), await pidIn('other')];
    host.kill('SIGKILL');
    await once(host, 'exit');
    await gone(own);
    await gone(other);
  });
});
