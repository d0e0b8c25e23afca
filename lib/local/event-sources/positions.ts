import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../shared/database.ts';

/** How far each mapping has come in its stream, in SQLite. */
export class Positions {
  private readonly database: DatabaseSync;

  constructor(file: string) {
    this.database = openDatabase(
      file,
      'CREATE TABLE IF NOT EXISTS positions (mapping TEXT PRIMARY KEY, position INTEGER NOT NULL)',
    );
  }

  get(mapping: string): number | undefined {
    const row = this.database
      .prepare('SELECT position FROM positions WHERE mapping = ?')
      .get(mapping);
    return typeof row?.position === 'number' ? row.position : undefined;
  }

  set(mapping: string, position: number): void {
    this.database.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?)').run(mapping, position);
  }

  close(): void {
    this.database.close();
  }
}
