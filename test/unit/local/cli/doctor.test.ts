import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { doctor } from '../../../../lib/local/cli/doctor.ts';
import { openDataDir } from '../../../../lib/local/data-dir/index.ts';
import { LAYOUT_VERSION } from '../../../../lib/local/data-dir/migrations.ts';
import { openDatabase } from '../../../../lib/local/shared/database.ts';
import { temporaryFolder } from '../support/aws-server.ts';

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
