import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { constants } from 'node:os';

/**
 * Stands between the host and the program, in a process group of their own: when the host dies, even by
 * SIGKILL, its end of the pipe closes and the whole group is ended, so nothing runs on unseen. SIGTERM goes
 * to the group, and this waits on for what the program makes of it; SIGUSR1, to this alone, ends the program
 * at once. A shell takes 3 MB for that, a Node 47.
 */
const SUPERVISE = `
trap : TERM
trap 'stopped=1; kill -KILL "$program"' USR1
exec 3<&0
"$@" </dev/null 3<&- & program=$!
(trap "" TERM; read -r _ <&3; kill -KILL 0) >/dev/null 2>&1 & watcher=$!
[ -z "$stopped" ] || kill -KILL "$program"
while wait "$program"; code=$?; kill -0 "$program" 2>/dev/null; do :; done
# Where a signal ended the wait of a program that was over by then, its own code is still to be had.
wait "$program" 2>/dev/null; own=$?
[ "$own" = 127 ] || code="$own"
{ kill -KILL "$watcher"; wait "$watcher"; } 2>/dev/null
exit "$code"`;

interface ProgramOptions {
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
  const child = spawn('/bin/sh', ['-c', SUPERVISE, 'sh', ...options.command], {
    cwd: options.cwd,
    env: options.environment,
    stdio: ['pipe', output, output],
    detached: true,
  });
  if (typeof options.log === 'function') {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', options.log);
    }
  }
  // Some are over before the file is closed.
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  try {
    await once(child, 'spawn');
  } finally {
    await file?.close();
  }
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It is gone.
    }
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    exit: ended.then((code) => {
      clearTimeout(timer);
      // What the program has left behind.
      signalGroup('SIGKILL');
      return code;
    }),
    stop: (graceMs) => {
      if (graceMs === 0) {
        child.kill('SIGUSR1');
        return;
      }
      signalGroup('SIGTERM');
      timer ??= setTimeout(() => child.kill('SIGUSR1'), graceMs);
    },
  };
}
