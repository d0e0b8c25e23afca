import { type ChildProcess, spawn } from 'node:child_process';
import { get } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { UnsupportedError } from '../shared/properties.ts';

/** It takes a fraction of a second: a limit for one that hangs, not for a machine that is busy. */
const READY_WITHIN_MS = 60_000;

/**
 * Runs the engine and ends it when descriptor 3 closes, as it does however this process ends. Without
 * that a killed host would leave an engine behind on its data.
 */
const SUPERVISE =
  '"$0" "$@" & engine=$!; (read -r _ <&3; kill "$engine" 2> /dev/null) & wait "$engine"';

/** Path of dynoxide for this platform. Throws `UnsupportedError` when its package is missing. */
export function engineBinary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'dynoxide');
  } catch {
    throw new UnsupportedError(`DynamoDB needs the package ${name}, which is not installed`);
  }
}

/** The engine as a process of its own on a port of 127.0.0.1. */
export class EngineProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private errors = '';

  constructor(file: string, port: number) {
    const engine = [engineBinary(), 'serve', '--port', String(port), '--db-path', file];
    // A group of its own: an interrupt from the terminal must not end it before its clients.
    this.child = spawn('sh', ['-c', SUPERVISE, ...engine], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      // All of its work is done under one lock: more threads wait for that, at a sixth of a write's CPU.
      env: { ...process.env, TOKIO_WORKER_THREADS: '1' },
    });
    (this.child.stderr as Readable).on('data', (chunk) => {
      this.errors = `${this.errors}${chunk}`.slice(-2000);
    });
    this.ended = new Promise((resolve) => {
      this.child.once('error', () => resolve());
      this.child.once('exit', () => {
        this.closePipe();
        resolve();
      });
    });
  }

  /** Resolves when the engine has ended, whatever the reason. */
  get exit(): Promise<void> {
    return this.ended;
  }

  /** What the engine said last. */
  get lastWords(): string {
    return this.errors.trim().split('\n').at(-1) ?? '';
  }

  /** Resolves once the engine answers; throws when it ends or stays silent. */
  async ready(endpoint: string): Promise<void> {
    let over = false;
    void this.ended.then(() => {
      over = true;
    });
    for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline && !over; ) {
      if (await answers(endpoint)) return;
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    throw new Error(`The DynamoDB engine did not start: ${this.lastWords || 'it stayed silent'}`);
  }

  async stop(): Promise<void> {
    this.closePipe();
    await this.ended;
  }

  private closePipe(): void {
    const pipe = this.child.stdio[3];
    if (pipe) pipe.destroy();
  }
}

/**
 * Whether the engine is there: another program may have taken the port. Not by `fetch`: nothing else in a
 * start needs it, and it would stay in memory with 3 MB.
 */
const answers = (endpoint: string) =>
  new Promise<boolean>((resolve) => {
    const asked = get(endpoint, (response) => {
      response.resume();
      resolve(response.headers['x-dynoxide-version'] !== undefined);
    });
    asked.once('error', () => resolve(false));
  });
