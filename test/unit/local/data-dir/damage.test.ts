import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openDataDir } from '../../../../lib/local/data-dir/index.ts';
import { temporaryFolder } from '../support/aws-server.ts';

const PAGE_BYTES = 4096;
const FRAME_BYTES = 24 + PAGE_BYTES;
const ROWS = 5;

/**
 * A data directory as a host leaves it that is killed: a database whose `ROWS` commits are all in its log, a
 * frame of which each is.
 */
async function killed(): Promise<{ dataDir: string; log: string }> {
  const [before, dataDir] = [temporaryFolder(), temporaryFolder()];
  (await openDataDir(dataDir)).release();
  const database = new DatabaseSync(join(before, 'rows.db'));
  database.exec(
    `PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA cache_size = 10;
     CREATE TABLE rows (n INTEGER PRIMARY KEY, text TEXT); PRAGMA wal_checkpoint(RESTART);`,
  );
  for (let n = 1; n <= ROWS; n++) database.exec(`INSERT INTO rows VALUES (${n}, 'row')`);
  // A transaction that did not come to its end has left frames, too.
  database.exec('BEGIN');
  for (let n = 100; n < 200; n++)
    database.exec(`INSERT INTO rows VALUES (${n}, hex(zeroblob(2000)))`);
  for (const name of ['rows.db', 'rows.db-wal'])
    copyFileSync(join(before, name), join(dataDir, name));
  database.close();
  const log = join(dataDir, 'rows.db-wal');
  expect(statSync(log).size).toBeGreaterThan(32 + (ROWS + 5) * FRAME_BYTES);
  return { dataDir, log };
}

function overwrite(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes.writeUInt32BE((bytes.readUInt32BE(at) ^ 1) >>> 0, at);
  writeFileSync(file, bytes);
}

function rowsOf(dataDir: string): number {
  const database = new DatabaseSync(join(dataDir, 'rows.db'));
  const rows = database.prepare('SELECT n FROM rows').all().length;
  database.close();
  return rows;
}

/** What is told of the directory, and how many rows SQLite then finds. */
async function opened(dataDir: string) {
  const { damages, release } = await openDataDir(dataDir);
  release();
  return { damages, rows: rowsOf(dataDir) };
}

describe('the log of a database', () => {
  it('of a killed host is whole, whatever was not committed', async () => {
    const { dataDir } = await killed();
    expect(await opened(dataDir)).toEqual({ damages: [], rows: ROWS });
  });

  it('that was begun anew is whole, though commits of its last round lie behind', async () => {
    const { dataDir, log } = await killed();
    const database = new DatabaseSync(join(dataDir, 'rows.db'));
    database.exec('PRAGMA wal_checkpoint(RESTART)');
    database.exec("INSERT INTO rows VALUES (50, 'row')");
    const other = temporaryFolder();
    (await openDataDir(other)).release();
    for (const name of ['rows.db', 'rows.db-wal'])
      copyFileSync(join(dataDir, name), join(other, name));
    expect(statSync(log).size).toBeGreaterThan(32 + FRAME_BYTES);
    database.close();
    expect(await opened(other)).toEqual({ damages: [], rows: ROWS + 1 });
  });

  it.each([
    ['a page', 32 + 2 * FRAME_BYTES + 24 + 4000, 2],
    ['a number of a page', 32 + 3 * FRAME_BYTES, 3],
    ['a checksum', 32 + 16, 0],
    ['its header', 8, 0],
  ])('with %s overwritten is kept, and what is lost is told', async (_, at, rows) => {
    const { dataDir, log } = await killed();
    overwrite(log, at);
    const damaged = readFileSync(log);

    const found = await opened(dataDir);

    const commits = at < 32 ? 1 : ROWS - rows;
    expect(found).toEqual({ damages: [{ log, kept: `${log}.damaged`, commits }], rows });
    expect(readFileSync(`${log}.damaged`).equals(damaged)).toBe(true);
  });

  it.each([
    [
      'ends in the middle of a frame',
      (log: string) => truncateSync(log, 32 + 3 * FRAME_BYTES + 99),
    ],
    ['goes on with zeros', (log: string) => appendFileSync(log, Buffer.alloc(3 * FRAME_BYTES))],
    ['is empty', (log: string) => truncateSync(log, 0)],
    ['has zeros only', (log: string) => writeFileSync(log, Buffer.alloc(2 * FRAME_BYTES))],
  ])('that %s has nothing that could be told', async (_, change) => {
    const { dataDir, log } = await killed();
    change(log);
    expect((await opened(dataDir)).damages).toEqual([]);
    expect(existsSync(`${log}.damaged`)).toBe(false);
  });
});

describe('a database', () => {
  it('that was overwritten stops the start with its name, and nothing is changed', async () => {
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'version'), '1');
    const file = join(dataDir, 'sqs.db');
    writeFileSync(file, 'no database any more');
    await expect(openDataDir(dataDir)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(/sqs\.db is damaged, .*backup$/),
    });
    expect(readFileSync(join(dataDir, 'version'), 'utf8')).toBe('1');
  });

  /** A directory whose first start was through, but for one of its databases. */
  function started(but: string, how: (file: string) => void): string {
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'version'), '1');
    for (const name of ['dynamodb.db', 'sqs.db', 'event-sources.db']) {
      const database = new DatabaseSync(join(dataDir, name));
      database.exec('PRAGMA journal_mode = WAL');
      database.close();
    }
    how(join(dataDir, but));
    return dataDir;
  }

  it.each([
    [
      'was emptied',
      'sqs.db',
      truncateSync,
      /sqs\.db is empty, and all that it held is lost: .*backup$/,
    ],
    ['is gone', 'dynamodb.db', rmSync, /dynamodb\.db is gone, and all that it held: .*backup$/],
  ])(
    'that %s stops the start with its name, and nothing is changed',
    async (_, name, how, told) => {
      const dataDir = started(name, how);
      await expect(openDataDir(dataDir)).rejects.toMatchObject({
        name: 'UsageError',
        message: expect.stringMatching(told),
      });
      expect(readFileSync(join(dataDir, 'version'), 'utf8')).toBe('1');
    },
  );

  it('that a first start was making when it was killed is made by the next', async () => {
    const dataDir = started('event-sources.db', truncateSync);
    truncateSync(join(dataDir, 'sqs.db'));
    const { damages, release } = await openDataDir(dataDir);
    release();
    expect(damages).toEqual([]);
  });
});
