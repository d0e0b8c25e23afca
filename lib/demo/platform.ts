import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../build/paths.ts';

/** A running `slipway start`, as a person would have started it. */
export interface Platform {
  /** Address of the public API. */
  readonly url: string;
  /** Address of the AWS APIs of the local host. */
  readonly awsUrl: string;
  /** Milliseconds from the start of the process to its ready line. */
  readonly readyMs: number;
  readonly stop: () => Promise<void>;
}

/** Starts the platform on a data directory; rejects with the end of its output when it does not get ready. */
export function startPlatform(dataDir: string, flags: readonly string[] = []): Promise<Platform> {
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [join(ROOT, 'lib/local/cli/main.mjs'), 'start', '--data-dir', dataDir, ...flags],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const url = /Slipway ready on (\S+)/.exec(output)?.[1];
      const awsUrl = /AWS APIs on (\S+)/.exec(output)?.[1];
      if (url && awsUrl) {
        resolve({ url, awsUrl, readyMs: performance.now() - started, stop: () => stop(child) });
      }
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-4000);
    });
    child.once('exit', (code) => reject(new Error(`The platform ended (${code}):\n${output}`)));
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
