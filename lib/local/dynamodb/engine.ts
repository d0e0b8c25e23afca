import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UnsupportedError } from '../shared/properties.ts';

const READY_TIMEOUT_MS = 5000;

/** A DynamoDB engine of its own process on a port of its own: dynoxide (MIT OR Apache-2.0). */
export interface Engine {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts the engine on a database file; `onExit` hears when it ends without being asked to. */
export async function startEngine(
  file: string,
  onExit: (code: number | null) => void,
): Promise<Engine> {
  const port = await freePort();
  const child = spawn(binary(), ['serve', '--port', String(port), '--db-path', file], {
    stdio: 'ignore',
  });
  let stopping = false;
  child.once('exit', (code) => {
    if (!stopping) onExit(code);
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await ready(endpoint, child);
  indexStreamRecords(file);
  return {
    endpoint,
    stop: () => {
      stopping = true;
      if (child.exitCode !== null) return Promise.resolve();
      return new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      });
    },
  };
}

function binary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide');
  } catch {
    throw new UnsupportedError(`The package ${name} is missing: there is no DynamoDB engine`);
  }
}

async function ready(endpoint: string, child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline; ) {
    if (child.exitCode !== null) throw new Error(`The DynamoDB engine ended (${child.exitCode})`);
    const answered = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  throw new Error('The DynamoDB engine did not get ready');
}

/**
 * The engine numbers stream records by the greatest number so far; without this index each write
 * reads all of them.
 */
function indexStreamRecords(file: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec(
      `PRAGMA busy_timeout = 5000;
       CREATE INDEX IF NOT EXISTS slipway_stream_numbers
         ON _stream_records (table_name, CAST(sequence_number AS INTEGER));`,
    );
  } finally {
    database.close();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
