import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDataDir } from '../../../../lib/local/data-dir/index.ts';
import {
  LAYOUT_VERSION,
  MIGRATIONS,
  type Migration,
} from '../../../../lib/local/data-dir/migrations.ts';
import { temporaryFolder } from '../support/aws-server.ts';

const read = (...path: string[]) => readFileSync(join(...path), 'utf8');

function write(content: string, ...path: string[]) {
  mkdirSync(join(...path, '..'), { recursive: true });
  writeFileSync(join(...path), content);
}

/** Data as the first layout had them, with the last commit still in SQLite's log. */
function layoutOne(): string {
  const dataDir = temporaryFolder();
  write('1', dataDir, 'version');
  write('secret', dataDir, 'webhook-secrets.key');
  write('bytes', dataDir, 's3', 'objects', 'ab', 'abc');
  write('half a model', dataDir, 'sagemaker', 'job', 'checkpoints', 'latest');
  write('START', dataDir, 'logs', 'function.log');
  write('no database', dataDir, 'sagemaker', 'job', 'model', 'rows.db');
  write('can be had again', dataDir, 'images', 'environment');
  const schedules = new DatabaseSync(join(dataDir, 'scheduler.db'));
  schedules.exec(
    `PRAGMA journal_mode = WAL;
     CREATE TABLE schedules (
       name TEXT PRIMARY KEY, definition TEXT NOT NULL, created INTEGER NOT NULL,
       modified INTEGER NOT NULL, next INTEGER, token TEXT NOT NULL, declared TEXT NOT NULL);
     INSERT INTO schedules VALUES ('nightly', '{}', 1, 2, 3, '', ''), ('late', '{}', 1, 2, 3, '', '');`,
  );
  schedules.close();
  return dataDir;
}

function scheduleNames(dataDir: string) {
  const database = new DatabaseSync(join(dataDir, 'scheduler.db'), { readOnly: true });
  const rows = database.prepare('SELECT name FROM schedules ORDER BY name').all();
  database.close();
  return rows.map(({ name }) => name);
}

const backupsOf = (dataDir: string) =>
  existsSync(join(dataDir, 'backups')) ? readdirSync(join(dataDir, 'backups')) : [];

describe('a data directory', () => {
  it('that is new has the present layout, and no backup', async () => {
    const dataDir = join(temporaryFolder(), 'new');
    const { migrated, release } = await openDataDir(dataDir);
    release();
    expect(read(dataDir, 'version')).toBe(String(LAYOUT_VERSION));
    expect(migrated).toBeUndefined();
    expect(backupsOf(dataDir)).toEqual([]);
  });

  it('of the present layout is left as it is', async () => {
    const dataDir = temporaryFolder();
    (await openDataDir(dataDir)).release();
    const before = statSync(join(dataDir, 'version')).ino;
    const { migrated, release } = await openDataDir(dataDir);
    release();
    expect(migrated).toBeUndefined();
    expect(statSync(join(dataDir, 'version')).ino).toBe(before);
  });

  it('of the first layout is backed up and brought to the present one', async () => {
    const dataDir = layoutOne();
    const { migrated, release } = await openDataDir(dataDir);
    release();
    expect(read(migrated?.backup ?? '', 'sagemaker', 'job', 'model', 'rows.db')).toBe(
      'no database',
    );
    expect(existsSync(join(migrated?.backup ?? '', 'images'))).toBe(false);
    expect(read(dataDir, 'version')).toBe(String(LAYOUT_VERSION));
    expect(scheduleNames(dataDir)).toEqual(['default/late', 'default/nightly']);
    expect(migrated).toMatchObject({ from: 1, to: LAYOUT_VERSION });
    const backup = migrated?.backup ?? '';
    expect(backupsOf(dataDir).map((name) => join(dataDir, 'backups', name))).toEqual([backup]);
    expect(read(backup, 'version')).toBe('1');
    expect(scheduleNames(backup)).toEqual(['late', 'nightly']);
    expect(read(backup, 'webhook-secrets.key')).toBe('secret');
    expect(read(backup, 'sagemaker', 'job', 'checkpoints', 'latest')).toBe('half a model');
    expect(existsSync(join(backup, 'logs'))).toBe(false);
    const object = ['s3', 'objects', 'ab', 'abc'] as const;
    expect(statSync(join(backup, ...object)).ino).toBe(statSync(join(dataDir, ...object)).ino);
    // Nothing is left to do, and what was backed up is itself a data directory of the first layout.
    const again = await openDataDir(dataDir);
    again.release();
    expect(again.migrated).toBeUndefined();
    const restored = await openDataDir(backup);
    restored.release();
    expect(restored.migrated?.from).toBe(1);
  });

  it('without a version is of the first layout', async () => {
    const dataDir = temporaryFolder();
    write('', dataDir, 'dynamodb.db');
    const { migrated, release } = await openDataDir(dataDir);
    release();
    expect(migrated?.from).toBe(1);
  });

  it('whose migration was interrupted goes on with the backup from before', async () => {
    const dataDir = layoutOne();
    const killed: Migration = {
      to: 3,
      run: () => {
        throw new Error('killed');
      },
    };
    await expect(openDataDir(dataDir, [...MIGRATIONS, killed])).rejects.toThrow('killed');
    // Half of it is done: the release that wrote it must not touch it any more.
    await expect(openDataDir(dataDir)).rejects.toThrow(/newer Slipway \(layout 3/);
    const runs: number[] = [];
    const later = { to: 3, run: () => runs.push(3) };
    const { migrated, release } = await openDataDir(dataDir, [...MIGRATIONS, later]);
    release();
    expect(runs).toEqual([3]);
    expect(migrated?.from).toBe(1);
    expect(backupsOf(dataDir)).toHaveLength(1);
    expect(scheduleNames(migrated?.backup ?? '')).toEqual(['late', 'nightly']);
    expect(scheduleNames(dataDir)).toEqual(['default/late', 'default/nightly']);
    expect(existsSync(join(dataDir, 'migrating.json'))).toBe(false);
  });

  it.each([
    ['version', '', /was written by a newer Slipway, or damaged: .*version holds no number$/],
    [
      'migrating.json',
      '{"from": 1',
      /migrating\.json is damaged, .*: put back the newest of .*backups$/,
    ],
  ])('with a damaged %s is refused in one line, and left as it is', async (name, text, told) => {
    const dataDir = layoutOne();
    write(text, dataDir, name);
    await expect(openDataDir(dataDir)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(told),
    });
    expect(read(dataDir, name)).toBe(text);
    expect(backupsOf(dataDir)).toEqual([]);
  });

  it('that cannot be backed up is not migrated, in one line', async () => {
    const dataDir = layoutOne();
    write('in the way', dataDir, 'backups');
    await expect(openDataDir(dataDir)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(/has layout 1 and cannot be backed up: [^\n]+$/),
    });
    expect(read(dataDir, 'version')).toBe('1');
    expect(scheduleNames(dataDir)).toEqual(['late', 'nightly']);
  });

  it('drops what an earlier attempt at a backup left', async () => {
    const dataDir = layoutOne();
    write('half', dataDir, 'backups', 'layout-1-then.partial', 'file');
    (await openDataDir(dataDir)).release();
    expect(backupsOf(dataDir)).toEqual([expect.stringMatching(/^layout-1-.*(?<!partial)$/)]);
  });

  it.each([String(LAYOUT_VERSION + 1), 'two', ''])(
    'of layout "%s" is refused as it is',
    async (text) => {
      const dataDir = temporaryFolder();
      write(text, dataDir, 'version');
      await expect(openDataDir(dataDir)).rejects.toThrow(/was written by a newer Slipway/);
      expect(readdirSync(dataDir)).toEqual(['version']);
    },
  );

  it.each(['version', 'migrating.json', 'host.json', 'sqs.db', 's3/index.db'])(
    'in which %s is a folder is refused as it is, in one line',
    async (name) => {
      const dataDir = temporaryFolder();
      mkdirSync(join(dataDir, name), { recursive: true });
      await expect(openDataDir(dataDir)).rejects.toMatchObject({
        name: 'UsageError',
        message: `${join(dataDir, name)} is a folder where a file belongs: move it away, or choose another --data-dir`,
      });
      expect(readdirSync(dataDir)).toHaveLength(1);
    },
  );

  it.each(['logs', 'logs/training', 's3', 's3/objects', 'endpoints', 'sagemaker', 'images'])(
    'in which %s is a file is refused as it is, in one line',
    async (name) => {
      const dataDir = temporaryFolder();
      write('', dataDir, name);
      await expect(openDataDir(dataDir)).rejects.toMatchObject({
        name: 'UsageError',
        message: `${join(dataDir, name)} is a file where a folder belongs: move it away, or choose another --data-dir`,
      });
      expect(readdirSync(dataDir)).toHaveLength(1);
    },
  );

  it('that another process has is refused before anything is changed', async () => {
    const dataDir = layoutOne();
    const other = new DatabaseSync(join(dataDir, 'lock.db'));
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
    await expect(openDataDir(dataDir)).rejects.toThrow(/is in use by another process/);
    other.close();
    expect(read(dataDir, 'version')).toBe('1');
    expect(backupsOf(dataDir)).toEqual([]);
  });

  // To root everything is writable that the disk lets be written.
  it.skipIf(process.getuid?.() === 0).each(['.', 'scheduler.db'])(
    'of which %s cannot be written is refused, in one line',
    async (name) => {
      const dataDir = layoutOne();
      write('', dataDir, 'lock.db');
      const file = join(dataDir, name);
      const { mode } = statSync(file);
      chmodSync(file, mode & 0o555);
      onTestFinished(() => chmodSync(file, mode));
      await expect(openDataDir(dataDir)).rejects.toMatchObject({
        name: 'UsageError',
        message: expect.stringMatching(/^\S+ cannot be written: [^\n]+$/),
      });
      expect(read(dataDir, 'version')).toBe('1');
    },
  );
});
