import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test, vi } from 'vitest';
import { StreamReader } from '../../../../lib/local/dynamodb/stream-reader.ts';
import { StreamTrimmer } from '../../../../lib/local/dynamodb/stream-trimmer.ts';

const NOW = 1_800_000_000;
const DAY = 24 * 3600;
const { signal } = new AbortController();

/** The engine's own schema, as far as streams go. */
function aStream(
  records: number,
  createdAt: (n: number) => number = () => NOW,
  startedAt = NOW - 2 * DAY,
) {
  const database = new DatabaseSync(':memory:');
  database.exec(
    `CREATE TABLE _stream_records (id INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT,
       event_name TEXT, keys_json TEXT, new_image TEXT, old_image TEXT, sequence_number TEXT,
       shard_id TEXT, created_at INTEGER, user_identity TEXT); BEGIN`,
  );
  const insert = database.prepare(
    `INSERT INTO _stream_records (table_name, event_name, keys_json, sequence_number, created_at)
     VALUES ('models', 'INSERT', '{}', ?, ?)`,
  );
  for (let n = 1; n <= records; n++) insert.run(String(n), createdAt(n));
  database.exec('COMMIT');
  const streams = new StreamReader(database);
  const trimmer = new StreamTrimmer(streams, startedAt * 1000);
  trimmer.add('models');
  const oldest = () => streams.read('models', 0, 1)[0]?.position;
  return { trimmer, oldest, streams };
}

describe('StreamTrimmer', () => {
  test('forgets records above ten thousand that every reader has handled', async () => {
    const { trimmer, oldest } = aStream(10_500);
    trimmer.retainFrom('models', () => 9000);
    trimmer.retainFrom('models', () => 300);

    await trimmer.run(NOW * 1000, signal);

    expect(oldest()).toBe(301);
  });

  test('forgets whatever is too much in one run, a thousand records at a time', async () => {
    const { trimmer, oldest, streams } = aStream(15_500);
    const trim = vi.spyOn(streams, 'trim');

    await trimmer.run(NOW * 1000, signal);

    expect(oldest()).toBe(5501);
    expect(trim.mock.results.map(({ value }) => value)).toEqual([
      1000, 1000, 1000, 1000, 1000, 500,
    ]);
  });

  test('leaves the rest for the next start when the host stops', async () => {
    const { trimmer, oldest } = aStream(15_500);

    await trimmer.run(NOW * 1000, AbortSignal.abort());

    expect(oldest()).toBe(1001);
  });

  test('forgets records of more than a day, handled or not, but never the newest', async () => {
    const { trimmer, oldest } = aStream(10, (n) => (n <= 4 ? NOW - DAY - 1 : NOW));
    trimmer.retainFrom('models', () => 0);

    await trimmer.run(NOW * 1000, signal);
    const afterwards = oldest();
    await trimmer.run((NOW + 3 * DAY) * 1000, signal);

    expect(afterwards).toBe(5);
    expect(oldest()).toBe(10);
  });

  // On AWS a day has readers: here the machine may have been off since the write.
  test('leaves what no reader has handled, however old, until the host has run for a day', async () => {
    const { trimmer, oldest } = aStream(10, () => NOW - 3 * DAY, NOW);
    trimmer.retainFrom('models', () => 4);
    const oldestIn = async (seconds: number) => {
      await trimmer.run((NOW + seconds) * 1000, signal);
      return oldest();
    };

    expect([await oldestIn(1), await oldestIn(DAY - 1), await oldestIn(DAY)]).toEqual([5, 5, 10]);
  });
});
