import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../lib/build/paths.ts';
import { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';

const host = new TestHost({ flags: ['--verbose'] });

interface Ended {
  readonly status: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const LAUNCHER = join(ROOT, 'lib/local/cli/launcher.mjs');

const slipway = (...args: string[]) => run(process.execPath, [LAUNCHER, ...args]);

function run(program: string, args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) =>
      resolve({ status: error ? error.code : 0, stdout, stderr }),
    );
  });
}

/** An address at which nobody listens any more. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const asked = async (...args: string[]) =>
  JSON.parse((await slipway(...args, '--json', '--data-dir', host.dataDir)).stdout);

beforeAll(async () => {
  await host.start();
  await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: 'seen' });
  await host.call('PUT', '/api/slipway/v1/models/seen/policy', { validation: { mode: 'enabled' } });
  await host.call('POST', '/api/2.0/mlflow/model-versions/create', {
    name: 'seen',
    source: 's3://nowhere/model',
  });
  await host.waitFor('ModelVersionValidated', { model: 'seen' });
});
afterAll(() => host.stop());

describe('slipway start', () => {
  it('prints what it boots in a table of two lines before it is ready', () => {
    const [words = '', counts = '', ...rest] = host.output.split('\n');
    expect(words.split(/ {2,}/)).toEqual([
      ...['routes', 'functions', 'tables', 'buckets', 'queues', 'rules'],
      ...['state machines', 'event sources'],
    ]);
    expect(counts).toMatch(/^([1-9]\d* +){7}[1-9]\d*$/);
    expect(rest[0]).toMatch(/^AWS APIs on /);
  });

  it('prints a line for each event worth knowing, and with --verbose for each request', async () => {
    const line = (text: string) => new RegExp(`^\\d\\d:\\d\\d:\\d\\d  ${text}`, 'm');
    for (const text of [
      'ModelVersionRegistered {2,}.*version 1',
      'ModelVersionValidated {2,}.*version 1',
      'Request {2,}POST /api/2.0/mlflow/model-versions/create 200 \\d',
    ]) {
      await expect.poll(() => host.output).toMatch(line(text));
    }
    const lines = host.output.split('\n');
    expect(lines.filter((one) => one.includes('ModelVersionRegistered'))).toHaveLength(1);
  });

  it('names file and line of the source for an error of a function', async () => {
    const client = new LambdaClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
    const FunctionName = 'slipway-dev-validation-tasks';
    const answer = await client.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
    client.destroy();
    expect(answer.FunctionError).toBe('Unhandled');
    await expect
      .poll(() => host.output)
      .toMatch(/FunctionError {2,}slipway-dev-validation-tasks: /);
    const inSource = /\(?functions\/[\w/.-]+\.ts:[1-9]\d*:[1-9]\d*/;
    await expect
      .poll(async () => (await asked('logs', 'validation-tasks')).lines.join('\n'))
      .toMatch(inSource);
  });
});

describe('slipway', () => {
  it('is found where `npm run build` puts it, and explains itself', async () => {
    const { status, stdout } = await run(join(ROOT, 'node_modules/.bin/slipway'), ['help']);
    expect(status).toBe(0);
    expect(stdout).toContain('slipway start');
  });

  it('shows the running host', async () => {
    const found = await asked('status');
    expect(found).toMatchObject({ healthy: true, url: host.url, aws_url: host.awsUrl });
    expect(found.data_bytes).toBeGreaterThan(0);
    expect(found.queues.map(({ name }: { name: string }) => name)).toContain(
      'slipway-dev-validation-events',
    );
    expect(found.state_machines).toContainEqual({ name: 'slipway-dev-validate', running: 0 });
  });

  it('shows the last events of the audit trail', async () => {
    const { events } = await asked('events', '--limit', '2');
    expect(events).toHaveLength(2);
    expect(events[1].seq - events[0].seq).toBe(1);
    const chosen = await asked('events', '--type', 'ModelVersionRegistered');
    expect(chosen.events).toMatchObject([{ text: 'version 1 of seen was registered' }]);
  });

  it('shows executions', async () => {
    const { executions } = await asked('executions', 'validate');
    expect(executions).toMatchObject([{ state_machine: 'slipway-dev-validate' }]);
    const failed = await slipway('executions', 'nonsense', '--data-dir', host.dataDir);
    expect(failed).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no state machine'),
    });
  });

  it('shows the logs of a function', async () => {
    const { functions } = await asked('logs');
    expect(functions).toContainEqual(expect.objectContaining({ function: 'slipway-dev-registry' }));
    const { lines } = await asked('logs', 'registry', '--lines', '3');
    expect(lines).toHaveLength(3);
    expect(lines.at(-1)).toMatch(/^REPORT RequestId: /);
  });

  it.each([
    [['status'], /^Slipway dev, process \d+, since 20\S+$/, /^public API +http:\S+ +healthy$/],
    [['events', '--limit', '3'], /^\d+ +20\S+ +\w+ +\S+ +\S/, /version 1 of seen/],
    [
      ['executions'],
      /^started +state machine +status +took +name$/,
      /^20\S+ +slipway-dev-validate +\w+ +[\d.]+ s +\S+/,
    ],
    [['logs'], /^function +last line +size$/, /^slipway-dev-registry +20\S+ +[\d.]+ MB$/],
    [['logs', 'registry'], /\S/, /^REPORT RequestId: /],
  ])('%s says it in words', async (command, first, other) => {
    const { status, stdout } = await slipway(...command, '--data-dir', host.dataDir);
    const lines = stdout.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(lines[0]).toMatch(first);
    expect(lines).toContainEqual(expect.stringMatching(other));
  });

  it('finds what would keep a host from starting', async () => {
    const port = new URL(host.url).port;
    const { checks } = await asked('doctor', '--port', port);
    expect(checks.filter(({ state }: { state: string }) => state === 'failure')).toEqual([]);
    const elsewhere = await slipway(
      'doctor',
      '--port',
      port,
      '--data-dir',
      `${host.dataDir}/other`,
    );
    expect(elsewhere.status).toBe(1);
    expect(elsewhere.stdout).toMatch(/failure +port \d+ +in use by another program/);
  });

  it('looks at the AWS port as well when it is asked to', async () => {
    const awsPort = new URL(host.awsUrl).port;
    const { checks } = await asked('doctor', '--port', '0', '--aws-port', awsPort);
    expect(checks).toContainEqual(
      expect.objectContaining({ check: `port ${awsPort}`, state: 'ok' }),
    );
  });

  it('says in one line that a host which was killed does not answer', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'slipway-killed-'));
    const gone = await closedPort();
    const address = { pid: process.pid, url: gone, aws_url: gone, environment: 'dev', since: '' };
    writeFileSync(join(dataDir, 'host.json'), JSON.stringify(address));
    const { status, stdout } = await slipway('status', '--json', '--data-dir', dataDir);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ healthy: false, url: gone, queues: [] });
    for (const command of ['events', 'executions']) {
      const ended = await slipway(command, '--data-dir', dataDir);
      expect(ended).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^slipway: the host does not answer.*\n$/),
      });
    }
    rmSync(dataDir, { recursive: true });
  });

  it('has the functions’ metrics for Prometheus on the AWS port', async () => {
    const response = await fetch(`${host.awsUrl}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toMatch(
      /^slipway_write_units_sum\{service="slipway-dev-registry"\} [1-9]/m,
    );
  });

  it('says in one line that nothing runs, and what it does not know', async () => {
    for (const [args, line] of [
      [['status', '--data-dir', `${host.dataDir}/none`], /Nothing runs on .*slipway start/],
      [['status', '--nonsense'], /Unknown option '--nonsense'/],
      [['doctor', '--port', 'high'], /--port must be a port number, not 'high'/],
      [['events', '--limit', '0', '--data-dir', host.dataDir], /--limit must be a whole number/],
    ] as const) {
      const { status, stderr } = await slipway(...args);
      expect(status).toBe(1);
      expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(line)]);
    }
  });
});
