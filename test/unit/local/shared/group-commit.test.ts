import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../../../lib/local/shared/database.ts';
import { GroupCommit } from '../../../../lib/local/shared/group-commit.ts';
import { temporaryFolder } from '../support/aws-server.ts';

describe('GroupCommit', () => {
  test('makes one commit of what one turn of the event loop writes', async () => {
    const { database, write, seen } = aDatabase();
    const exec = vi.spyOn(database, 'exec');

    await Promise.all([1, 2, 3].map(write));

    expect(exec.mock.calls.filter(([sql]) => sql === 'COMMIT')).toHaveLength(1);
    expect(seen()).toEqual([1, 2, 3]);
  });

  test('resolves when others see the write, with what it answered', async () => {
    const { write, seen } = aDatabase();

    const first = write(1).then((answer) => ({ answer, seen: seen() }));
    const second = new Promise((resolve) => setImmediate(resolve)).then(() => write(2));

    expect(await first).toEqual({ answer: 'wrote 1', seen: expect.arrayContaining([1]) });
    await second;
    expect(seen()).toEqual([1, 2]);
  });

  test('what cannot be written keeps no other from being written', async () => {
    const { write, seen } = aDatabase();

    const results = await Promise.allSettled([1, 2, 2, 3].map(write));

    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(seen()).toEqual([1, 2, 3]);
  });

  test('commits what waits before it is closed', () => {
    const { commits, write, seen } = aDatabase();

    void write(1);
    commits.flush();

    expect(seen()).toEqual([1]);
  });
});

function aDatabase() {
  const file = join(temporaryFolder(), 'numbers.db');
  const database = openDatabase(file, 'CREATE TABLE numbers (n INTEGER PRIMARY KEY)');
  const reader = new DatabaseSync(file, { readOnly: true });
  onTestFinished(() => {
    reader.close();
    database.close();
  });
  const commits = new GroupCommit(database);
  const write = (n: number) =>
    commits.run(() => {
      database.prepare('INSERT INTO numbers VALUES (?)').run(n);
      return `wrote ${n}`;
    });
  const seen = () =>
    reader
      .prepare('SELECT n FROM numbers ORDER BY n')
      .all()
      .map(({ n }) => n);
  return { database, commits, write, seen };
}
