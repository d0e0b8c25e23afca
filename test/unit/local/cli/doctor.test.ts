import { mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { assemblyDir } from '../../../../lib/build/paths.ts';
import { builtFromCurrentSources } from '../../../../lib/build/stamp.ts';
import { doctor } from '../../../../lib/local/cli/doctor.ts';
import { openDataDir } from '../../../../lib/local/data-dir/index.ts';
import { LAYOUT_VERSION } from '../../../../lib/local/data-dir/migrations.ts';
import { engineBinary } from '../../../../lib/local/dynamodb/engine-process.ts';
import { openDatabase } from '../../../../lib/local/shared/database.ts';
import { temporaryFolder } from '../support/aws-server.ts';

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  return { ...real, statfsSync: vi.fn(real.statfsSync) };
});
vi.mock('../../../../lib/build/paths.ts', async (original) => {
  const real = await original<typeof import('../../../../lib/build/paths.ts')>();
  return { ...real, assemblyDir: vi.fn(real.assemblyDir) };
});
vi.mock('../../../../lib/build/stamp.ts', { spy: true });
vi.mock('../../../../lib/local/dynamodb/engine-process.ts', { spy: true });

/** Exit status of `slipway doctor`, and what it says of one check. */
async function examined(check: string, ...args: string[]) {
  const printed = vi.spyOn(console, 'log').mockReturnValue();
  const status = await doctor(['--json', '--port', '0', ...args]);
  const { checks } = JSON.parse(String(printed.mock.lastCall?.[0]));
  return { status, ...checks.find((one: { check: string }) => one.check === check) };
}

/** The data directory of a host that was stopped, with one database of some hundred pages. */
async function stopped(): Promise<{ dataDir: string; file: string }> {
  const dataDir = temporaryFolder();
  (await openDataDir(dataDir)).release();
  const file = join(dataDir, 'sqs.db');
  const database = openDatabase(file, 'CREATE TABLE messages (body TEXT)');
  for (let n = 0; n < 200; n++) database.exec(`INSERT INTO messages VALUES (hex(zeroblob(2000)))`);
  database.close();
  return { dataDir, file };
}

describe('slipway doctor', () => {
  it('finds nothing wrong with a data directory that is not there yet', async () => {
    const dataDir = join(temporaryFolder(), 'a', 'b');
    const args = ['--data-dir', dataDir] as const;
    expect(await examined('data directory', ...args)).toMatchObject({ state: 'ok' });
    expect(await examined('databases', ...args)).toMatchObject({ state: 'ok' });
  });

  it('finds nothing wrong with that of a host that was stopped', async () => {
    const { dataDir } = await stopped();
    expect(await examined('databases', '--data-dir', dataDir)).toMatchObject({ state: 'ok' });
  });

  it.each([
    ['its beginning', 0, /^sqs\.db: file is not a database$/],
    ['a page', 40 * 4096, /^sqs\.db: /],
  ])('names a database of which %s was overwritten', async (_, at, found) => {
    const { dataDir, file } = await stopped();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xa5, at, at + 4096));
    expect(await examined('databases', '--data-dir', dataDir)).toMatchObject({
      status: 1,
      state: 'failure',
      found: expect.stringMatching(found),
      advice: expect.stringContaining('backup'),
    });
  });

  it.each([
    [LAYOUT_VERSION + 1, 1, 'failure', /use the release that wrote it/],
    [LAYOUT_VERSION - 1, 0, 'warning', /the next start backs it up/],
  ])('says of layout %i what becomes of it', async (layout, status, state, advice) => {
    const { dataDir } = await stopped();
    writeFileSync(join(dataDir, 'version'), String(layout));
    const found = await examined('data directory', '--data-dir', dataDir);
    expect(found).toMatchObject({ state, advice: expect.stringMatching(advice) });
    if (status === 1) expect(found.status).toBe(1);
  });

  it('refuses a file in the place of the data directory, or above it', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    for (const dataDir of [file, join(file, 'below')]) {
      expect(await examined('data directory', '--data-dir', dataDir)).toMatchObject({
        status: 1,
        state: 'failure',
        found: `${file} is no directory`,
      });
    }
  });

  it('names what stands where a file of the data directory belongs', async () => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'version'));
    expect(await examined('data directory', '--data-dir', dataDir)).toMatchObject({
      status: 1,
      state: 'failure',
      found: `${join(dataDir, 'version')} is a folder where a file belongs`,
      advice: 'move it away',
    });
  });

  it('names a port that another program has, and one that is free', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const taken = String((other.address() as AddressInfo).port);
    const dataDir = temporaryFolder();
    mkdirSync(dataDir, { recursive: true });
    const args = ['--data-dir', dataDir, '--aws-port', taken] as const;
    expect(await examined(`port ${taken}`, ...args)).toMatchObject({
      status: 1,
      state: 'failure',
      advice: expect.stringMatching(/--port or --aws-port/),
    });
    expect(await examined('port 0', ...args)).toMatchObject({ state: 'ok', found: 'free' });
  });
});

describe('slipway doctor on this machine', () => {
  it.each([
    ['v22.20.0', 'failure', 'run `npm ci`, which brings Node 24'],
    ['v24.0.0', 'ok', undefined],
    ['v25.1.0', 'ok', undefined],
  ])('says of Node %s whether the host runs with it', async (version, state, advice) => {
    const { version: own, versions } = process;
    onTestFinished(() => runningOn(own, versions));
    runningOn(version, { ...versions, node: version.slice(1) });
    const found = await examined('Node', '--data-dir', temporaryFolder());
    expect(found).toMatchObject({ state, found: version });
    expect(found.advice).toBe(advice);
    if (state === 'failure') expect(found.status).toBe(1);
  });

  it('says for which machine the engine is, and when it is not installed', async () => {
    const args = ['--data-dir', temporaryFolder()] as const;
    expect(await examined('DynamoDB engine', ...args)).toMatchObject({
      state: 'ok',
      found: `for ${process.platform}-${process.arch}`,
    });
    vi.mocked(engineBinary).mockImplementationOnce(() => {
      throw new Error('DynamoDB needs a package');
    });
    expect(await examined('DynamoDB engine', ...args)).toMatchObject({
      status: 1,
      state: 'failure',
      found: 'DynamoDB needs a package',
      advice: 'run `npm ci` on this very machine',
    });
  });

  it.each([
    ['is there', true, 'ok', 'made from these sources', undefined],
    ['is of older sources', false, 'warning', 'made from older sources', 'run `npm run build`'],
  ])('says of a build that %s what is to be done', async (_, current, state, found, advice) => {
    vi.mocked(assemblyDir).mockReturnValueOnce(temporaryFolder());
    vi.mocked(builtFromCurrentSources).mockReturnValueOnce(current);
    const build = await examined('build', '--data-dir', temporaryFolder());
    expect(build).toMatchObject({ state, found });
    expect(build.advice).toBe(advice);
  });

  it('names the command for an environment that is not built', async () => {
    const args = ['--data-dir', temporaryFolder(), '--environment', 'staging'] as const;
    vi.mocked(assemblyDir).mockReturnValueOnce(join(temporaryFolder(), 'none'));
    expect(await examined('build', ...args)).toMatchObject({
      status: 1,
      state: 'failure',
      found: 'nothing is built for staging',
      advice: 'run `npm run synth -- -c environment=staging`',
    });
  });

  it.each([
    [2e9, 'ok', '2.0 GB free'],
    [2e9 - 4096, 'warning', '2.0 GB free'],
    [0, 'warning', '0.0 GB free'],
  ])('says whether %d free bytes are enough', async (bytes, state, found) => {
    const dataDir = temporaryFolder();
    const real = statfsSync(dataDir);
    vi.mocked(statfsSync).mockReturnValueOnce({ ...real, bsize: 1, bavail: bytes });
    const disk = await examined('disk', '--data-dir', dataDir);
    expect(disk).toMatchObject({ state, found });
    if (state === 'warning') expect(disk.advice).toBe('make room, or use another --data-dir');
  });
});

function runningOn(version: string, versions: NodeJS.ProcessVersions) {
  Object.defineProperty(process, 'version', { value: version, configurable: true });
  Object.defineProperty(process, 'versions', { value: versions, configurable: true });
}
