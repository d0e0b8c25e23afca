import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';

/**
 * Stands between the host and the program: when the host dies, even by SIGKILL, its end of the pipe
 * closes and the program's whole process group is ended, so no job runs on unseen.
 */
const SUPERVISOR = `
const { spawn } = require('node:child_process');
const [command, ...args] = process.argv.slice(1);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
const kill = (signal) => { try { process.kill(-child.pid, signal); } catch {} };
child.on('error', (error) => { console.error(error.message); process.exit(127); });
child.on('exit', (code, signal) => {
  kill('SIGKILL');
  process.exit(code ?? 128 + (require('node:os').constants.signals[signal] ?? 0));
});
process.on('SIGTERM', () => kill('SIGTERM'));
process.stdin.resume().on('close', () => kill('SIGKILL'));
`;

export interface ProgramOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Takes what the program prints: a file that is appended to, or who reads the text. */
  readonly log: string | ((text: string) => void);
}

/** A running program. */
export interface Program {
  /** Exit code; 128 + the signal's number when a signal ended it. */
  readonly exit: Promise<number>;
  /** SIGTERM now, SIGKILL when it still runs after so many milliseconds; 0: SIGKILL now. */
  stop(graceMs: number): void;
}

/** Rejects when the folder does not exist; a command that does not exist exits with 127. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const file = typeof options.log === 'string' ? await open(options.log, 'a') : undefined;
  const output = file?.fd ?? 'pipe';
  const child = spawn(process.execPath, ['-e', SUPERVISOR, '--', ...options.command], {
    cwd: options.cwd,
    env: options.environment,
    stdio: ['pipe', output, output],
  });
  if (typeof options.log === 'function') {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', options.log);
    }
  }
  try {
    await once(child, 'spawn');
  } finally {
    await file?.close();
  }
  // The pipe may break while it is closed: the program is over then, as wanted.
  child.stdin?.on('error', () => undefined);
  let timer: NodeJS.Timeout | undefined;
  return {
    exit: once(child, 'exit').then(([code]) => {
      clearTimeout(timer);
      return typeof code === 'number' ? code : 1;
    }),
    stop: (graceMs) => {
      if (graceMs === 0) {
        child.stdin?.end();
        return;
      }
      child.kill('SIGTERM');
      timer ??= setTimeout(() => child.stdin?.end(), graceMs);
    },
  };
}
