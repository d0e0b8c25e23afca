import { DatabaseSync } from 'node:sqlite';

/**
 * Opens the engine's own file beside the engine. The engine numbers stream records by the greatest
 * number so far; without the index that is made here each write reads all of them.
 */
export function openEngineFile(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec(
    `PRAGMA busy_timeout = 5000;
     CREATE INDEX IF NOT EXISTS slipway_stream_numbers
       ON _stream_records (table_name, CAST(sequence_number AS INTEGER));`,
  );
  return database;
}

/** Empties every table in one transaction; streams keep counting where they were. */
export function emptyTables(database: DatabaseSync): void {
  const names = database
    .prepare(
      `SELECT name FROM sqlite_master
       WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .all();
  const deletions = names.map(({ name }) => `DELETE FROM ${quoted(String(name))};`);
  database.exec(
    `BEGIN IMMEDIATE; ${deletions.join(' ')}
     DELETE FROM _stream_records WHERE id NOT IN (
       SELECT max(id) FROM _stream_records GROUP BY table_name);
     COMMIT;`,
  );
}

/** An identifier of SQL. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
