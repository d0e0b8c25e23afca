import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../lib/build/paths.ts';
import { TestHost } from '../../support/host.ts';
import { PATIENCE_MS } from '../../support/patience.ts';

const LAUNCHER = join(ROOT, 'lib/local/cli/launcher.mjs');
const folder = mkdtempSync(join(tmpdir(), 'slipway-start-'));

interface Ended {
  readonly status: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `slipway start` to its end, which these tests expect at once. */
function startFails(...flags: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const args = [LAUNCHER, 'start', ...flags];
    // One that turns in a circle hears no gentler signal.
    const ending = { timeout: PATIENCE_MS, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, args, ending, (error, stdout, stderr) =>
      resolve({ status: error ? error.code : 0, stdout, stderr }),
    );
  });
}

const connected = (url: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.once('error', reject);
  });

/** Asks for an experiment, and comes back when the system has every byte of it. */
const sent = (socket: Socket, experiment: object): Promise<void> =>
  new Promise((resolve) => {
    const body = JSON.stringify(experiment);
    const head = [
      'POST /api/2.0/mlflow/experiments/create HTTP/1.1',
      'host: 127.0.0.1',
      'content-type: application/json',
      `content-length: ${body.length}`,
      'connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, () => resolve());
  });

/** Every file below a folder with its content. */
function everything(path: string): Record<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file, readFileSync(file, 'base64')]),
  );
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a start that cannot be', () => {
  let other: Server;
  let taken: string;
  const running = new TestHost();

  beforeAll(async () => {
    other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    taken = String((other.address() as AddressInfo).port);
    await running.start();
  });
  afterAll(async () => {
    other.close();
    await running.stop();
  });

  /** One line on stderr, nothing on stdout, exit status 1, and the data directory is not made. */
  async function refused(line: RegExp, ...flags: string[]): Promise<void> {
    const dataDir = join(folder, 'never');
    const { status, stdout, stderr } = await startFails('--data-dir', dataDir, ...flags);
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(line)]);
    expect(stdout).toBe('');
    expect(status).toBe(1);
    expect(existsSync(dataDir)).toBe(false);
  }

  it('names a port that is in use', () =>
    refused(new RegExp(`^slipway: --port ${taken} is in use$`), '--port', taken));

  it('names an AWS port that is in use', () =>
    refused(
      new RegExp(`^slipway: --aws-port ${taken} is in use$`),
      ...['--port', '0', '--aws-port', taken],
    ));

  it.each([
    [['--nonsense'], /Unknown option '--nonsense'/],
    [['extra'], /Unexpected argument 'extra'/],
    [['--port', 'x'], /--port must be a port number, not 'x'/],
    [['--port', '65536'], /--port must be a port number/],
    [['--aws-port', '-1'], /--aws-port/],
    [['--host', 'nowhere.invalid', '--port', '0'], /--host|nowhere\.invalid/],
    [['--environment', 'test'], /Unknown environment 'test': use dev, staging, prod/],
    [['--auth', 'basic'], /--auth must be none or token, not 'basic'/],
    [['--ui', '/no/such/folder'], /--ui \/no\/such\/folder holds no index\.html/],
    [['--artifacts-destination', 's3://bucket'], /must be a folder of this machine/],
    [['--default-artifact-root', 'file://host/x'], /must name an absolute path/],
    [['--default-artifact-root', 's3://b/x?y'], /must not hold/],
  ])('says what is wrong with %j', (flags, line) => refused(line, ...flags));

  it('leaves a data directory alone that another process has', async () => {
    const { status, stderr } = await startFails('--port', '0', '--data-dir', running.dataDir);
    expect(stderr).toBe(`slipway: ${running.dataDir} is in use by another process\n`);
    expect(status).toBe(1);
    expect((await fetch(`${running.url}/health`)).status).toBe(200);
  });

  it('leaves a data directory alone that a newer release wrote', async () => {
    const dataDir = join(folder, 'newer');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'version'), '999');
    writeFileSync(join(dataDir, 'data'), 'precious');
    const before = everything(dataDir);
    const { status, stderr } = await startFails('--port', '0', '--data-dir', dataDir);
    expect(stderr).toMatch(/^slipway: .* was written by a newer Slipway \(layout 999, .*\)\n$/);
    expect(status).toBe(1);
    expect(everything(dataDir)).toEqual(before);
  });

  it('leaves a file alone that is no data directory', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'text');
    const { status, stderr } = await startFails('--port', '0', '--data-dir', file);
    expect(stderr).toMatch(/^slipway: .*file cannot be used: .*\n$/);
    expect(status).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('text');
  });

  it.skipIf(process.platform !== 'linux')('says that a place takes no folder', async () => {
    for (const dataDir of ['/proc/slipway', '/proc/slipway/data']) {
      const { status, stderr } = await startFails('--port', '0', '--data-dir', dataDir);
      expect(stderr).toMatch(/^slipway: \/proc\/slipway.* cannot be used: ENOENT.*\n$/);
      expect(status).toBe(1);
    }
  });
});

describe('a host', () => {
  let child: ChildProcess | undefined;
  afterEach(() => {
    child?.kill('SIGKILL');
  });

  async function start(...flags: string[]) {
    const args = [LAUNCHER, 'start', '--port', '0', ...flags];
    const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    let output = '';
    const url = await new Promise<string>((resolve, reject) => {
      started.once('exit', () => reject(new Error(output)));
      started.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const ready = /^Slipway ready on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(output)?.[1];
        if (ready) resolve(ready);
      });
    });
    return { child: started, url, output: () => output };
  }

  const ended = (process: ChildProcess) =>
    new Promise<number | null>((resolve) => process.once('exit', (code) => resolve(code)));

  it('is ready when it says so, in one line', async () => {
    const host = await start('--ephemeral');
    const health = await fetch(`${host.url}/health`);
    expect(health.status).toBe(200);
    expect(await health.text()).toBe('OK');
    expect(host.output().match(/Slipway ready/g)).toHaveLength(1);
    const exit = ended(host.child);
    const said = once(host.child, 'close');
    host.child.kill('SIGINT');
    expect(await exit).toBe(0);
    await said;
    // Requests are for `--verbose`.
    expect(host.output()).not.toContain('/health');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('finishes what is in flight on %s', async (signal) => {
    const host = await start('--ephemeral');
    const warm = await connected(host.url);
    await sent(warm, { name: 'warm' });
    await text(warm);
    const exit = ended(host.child);
    const sockets = await Promise.all(Array.from({ length: 4 }, () => connected(host.url)));
    await Promise.all(sockets.map((socket, i) => sent(socket, { name: `e${i}` })));
    // Sent, and most of them not yet answered.
    const answers = sockets.map((socket) => text(socket));
    await answers[0];
    host.child.kill(signal);
    const statuses = (await Promise.all(answers)).map((answer) => answer.split('\r\n', 1)[0]);
    expect(statuses).toEqual(sockets.map(() => 'HTTP/1.1 200 OK'));
    expect(await exit).toBe(0);
    await expect(fetch(`${host.url}/health`)).rejects.toThrow();
  });

  it('is gone soon however much holds it up', async () => {
    const host = await start('--ephemeral');
    // An upload that never ends.
    const request = fetch(`${host.url}/api/2.0/mlflow-artifacts/artifacts/never`, {
      method: 'PUT',
      body: new ReadableStream({ pull: () => new Promise(() => {}) }),
      duplex: 'half',
    } as RequestInit).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const exit = ended(host.child);
    host.child.kill('SIGTERM');
    // Not when the upload ends: it does not.
    expect(await exit).toBe(0);
    await request;
  });

  it('leaves nothing of an ephemeral start', async () => {
    const host = await start('--ephemeral', '--data-dir', join(folder, 'unused'));
    const exit = ended(host.child);
    host.child.kill('SIGTERM');
    await exit;
    expect(existsSync(join(folder, 'unused'))).toBe(false);
  });
});

describe('artifacts', () => {
  const root = join(folder, 'root with space');
  const destination = join(folder, 'destination');
  const flags = ['--default-artifact-root', root, '--artifacts-destination', destination];
  const host = new TestHost({ flags });
  beforeAll(() => host.start());
  afterAll(() => host.stop());

  it('of new experiments lie below the root that was given', async () => {
    const created = await host.call<{ run: { info: { run_id: string; artifact_uri: string } } }>(
      'POST',
      '/api/2.0/mlflow/runs/create',
      { experiment_id: '0' },
    );
    const { run_id, artifact_uri } = created.body.run.info;
    expect(artifact_uri).toBe(`file://${encodeURI(root)}/0/${run_id}/artifacts`);
    // As MLflow's client does: it writes there by itself.
    const path = join(root, '0', run_id, 'artifacts', 'model');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'MLmodel'), 'flavors: {}');
    const listed = await host.call(
      'GET',
      `/api/2.0/mlflow/artifacts/list?run_id=${run_id}&path=model`,
    );
    expect(listed.body).toMatchObject({ files: [{ path: 'model/MLmodel', file_size: 11 }] });
    const file = `${host.url}/get-artifact?run_id=${run_id}&path=model/MLmodel`;
    expect(await (await fetch(file)).text()).toBe('flavors: {}');
    const version = (source: string) =>
      host.call('POST', '/api/2.0/mlflow/model-versions/create', { name: 'm', source, run_id });
    await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: 'm' });
    expect((await version(`${artifact_uri}/model`)).status).toBe(200);
    expect((await version('file:///etc')).status).toBe(400);
  });

  it('of the proxy lie in the destination, as files', async () => {
    const path = '/api/2.0/mlflow-artifacts/artifacts/7/run/artifacts/a.txt';
    expect((await host.call('PUT', path, 'hello')).status).toBe(200);
    expect(readFileSync(join(destination, '7/run/artifacts/a.txt'), 'utf8')).toBe('hello');
    writeFileSync(join(destination, '7/run/artifacts/b.txt'), 'by hand');
    expect(await (await fetch(host.url + path.replace('a.txt', 'b.txt'))).text()).toBe('by hand');
    const { body } = await host.call(
      'GET',
      '/api/2.0/mlflow-artifacts/artifacts?path=7/run/artifacts',
    );
    expect(body).toMatchObject({ files: [{ path: 'a.txt' }, { path: 'b.txt' }] });
  });
});
