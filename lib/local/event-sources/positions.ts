import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDatabase } from '../shared/database.ts';

/** How far each mapping has come in its stream, in SQLite. */
export class Positions {
  private readonly database: DatabaseSync;
  private readonly save: StatementSync;

  constructor(file: string) {
    this.database = openDatabase(
      file,
      'CREATE TABLE IF NOT EXISTS positions (mapping TEXT PRIMARY KEY, position INTEGER NOT NULL)',
    );
    this.save = this.database.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?)');
  }

  get(mapping: string): number | undefined {
    const row = this.database
      .prepare('SELECT position FROM positions WHERE mapping = ?')
      .get(mapping);
    return typeof row?.position === 'number' ? row.position : undefined;
  }

  set(mapping: string, position: number): void {
    this.save.run(mapping, position);
  }

  close(): void {
    this.database.close();
  }
}
