import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../../lib/build/paths.ts';
import { freePort } from '../../../lib/local/shared/free-port.ts';

export const SERVERS = ['slipway', 'mlflow', 'fasttrackml'] as const;
export type ServerName = (typeof SERVERS)[number];

/** A tracking server under test, alone on the machine, on an empty data folder. */
export interface RunningServer {
  readonly name: ServerName;
  readonly url: string;
  readonly pid: number;
  /** Data folder: `tracking.db` of the others, the data directory of Slipway. */
  readonly folder: string;
  /** Where Slipway's own AWS ports answer. */
  readonly awsUrl?: string;
  readonly stop: () => Promise<void>;
}

/** The others' programs, installed once from PyPI; `SLIPWAY_BENCH_CACHE` names another folder. */
const CACHE = process.env.SLIPWAY_BENCH_CACHE ?? join(tmpdir(), 'slipway-bench');

/** Starts one, on the first `cores` of the machine's cores where that is said (Linux's taskset). */
export async function startServer(name: ServerName, cores?: string): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const pinned = cores === undefined ? [] : ['taskset', '--cpu-list', `0-${Number(cores) - 1}`];
  const [command = '', ...args] = [...pinned, ...commandOf(name, folder, port)];
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // MLflow's client and server report their use unless told not to.
    env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000);
    });
  }
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answering(url, child);
  } catch (error) {
    await stop();
    throw new Error(`${name} did not start: ${String(error)}\n${output}`);
  }
  const awsUrl = /AWS APIs on (\S+)/.exec(output)?.[1];
  return { name, url, pid: child.pid ?? 0, folder, stop, ...(awsUrl && { awsUrl }) };
}

function commandOf(name: ServerName, folder: string, port: number): string[] {
  const database = `sqlite:///${join(folder, 'tracking.db')}`;
  switch (name) {
    case 'slipway': {
      const main = join(ROOT, 'lib/local/cli/main.mjs');
      return [process.execPath, main, 'start', '--data-dir', folder, '--port', String(port)];
    }
    case 'mlflow': {
      const mlflow = join(installed('mlflow', 'mlflow'), 'mlflow');
      return [mlflow, 'server', '--backend-store-uri', database, '--port', String(port)];
    }
    case 'fasttrackml': {
      const fml = join(installed('fasttrackml', 'fasttrackml'), 'fml');
      // Its scheme is followed by the path itself.
      const uri = database.replace('sqlite:///', 'sqlite://');
      return [fml, 'server', '--database-uri', uri, '--listen-address', `127.0.0.1:${port}`];
    }
  }
}

/** The `bin` folder of a virtual environment with the package; made on first use. */
function installed(folder: string, requirement: string): string {
  const venv = join(CACHE, folder);
  if (!existsSync(join(venv, 'bin', 'pip'))) {
    mkdirSync(CACHE, { recursive: true });
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' });
    execFileSync(join(venv, 'bin', 'pip'), ['install', '--quiet', requirement], {
      stdio: 'inherit',
    });
  }
  return join(venv, 'bin');
}

const START_MS = 120_000;

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + START_MS; ; ) {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}`);
    try {
      const response = await fetch(`${url}/health`);
      if (response.ok) return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(hard);
}
