import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What a write-ahead log keeps of its length once a burst of writes has reached the database. */
const MAX_LOG_BYTES = 16 * 1024 * 1024;

/**
 * Opens a service's SQLite file. With a write-ahead log a commit survives the death of the process;
 * `NORMAL` leaves only a power cut able to lose the newest commits, never to tear one.
 */
export function openDatabase(file: string, schema: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;
     PRAGMA journal_size_limit = ${MAX_LOG_BYTES};`,
  );
  database.exec(schema);
  return database;
}

/** Gives a table of an earlier release the columns, by their names, that it lacks. */
export function addColumns(
  database: DatabaseSync,
  table: string,
  columns: Readonly<Record<string, string>>,
): void {
  const known = new Set(
    database
      .prepare(`PRAGMA table_info(${table})`)
      .all()
      .map(({ name }) => name),
  );
  for (const [name, type] of Object.entries(columns)) {
    if (!known.has(name)) database.exec(`ALTER TABLE ${table} ADD COLUMN ${name} ${type}`);
  }
}

/** Runs `work` in one transaction; an exception undoes it. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk has undone it already; a second undoing would hide the reason.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
