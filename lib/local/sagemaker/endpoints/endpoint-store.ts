import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDatabase } from '../../shared/database.ts';
import type { Endpoint } from './endpoint.ts';
import type { ConfigRequest, ModelRequest } from './requests.ts';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS parts (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  created INTEGER NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS endpoints (
  name TEXT PRIMARY KEY,
  announced INTEGER NOT NULL,
  endpoint TEXT NOT NULL
) WITHOUT ROWID;
`;

interface Parts {
  readonly model: ModelRequest;
  readonly config: ConfigRequest;
}

/** A model or configuration with its time of creation in epoch milliseconds. */
export interface Stored<T> {
  readonly request: T;
  readonly created: number;
}

/** Models, configurations and endpoints in SQLite: one is there as soon as its creation has answered. */
export class EndpointStore {
  readonly #database: DatabaseSync;
  readonly #save: StatementSync;

  constructor(file: string) {
    this.#database = openDatabase(file, SCHEMA);
    this.#save = this.#database.prepare(
      'INSERT OR REPLACE INTO endpoints (name, announced, endpoint) VALUES (?, 0, ?)',
    );
  }

  /** False when there is one of that name. */
  add<K extends keyof Parts>(kind: K, name: string, request: Parts[K], created: number): boolean {
    const { changes } = this.#database
      .prepare('INSERT OR IGNORE INTO parts (kind, name, created, content) VALUES (?, ?, ?, ?)')
      .run(kind, name, created, JSON.stringify(request));
    return changes === 1;
  }

  part<K extends keyof Parts>(kind: K, name: string): Stored<Parts[K]> | undefined {
    const row = this.#database
      .prepare('SELECT created, content FROM parts WHERE kind = ? AND name = ?')
      .get(kind, name);
    if (!row) return undefined;
    return { request: JSON.parse(String(row.content)) as Parts[K], created: Number(row.created) };
  }

  removePart(kind: keyof Parts, name: string): void {
    this.#database.prepare('DELETE FROM parts WHERE kind = ? AND name = ?').run(kind, name);
  }

  save(endpoint: Endpoint): void {
    this.#save.run(endpoint.name, JSON.stringify(endpoint));
  }

  /** The present state has been announced. */
  markAnnounced(endpoint: Endpoint): void {
    this.#database
      .prepare('UPDATE endpoints SET announced = 1 WHERE name = ? AND endpoint = ?')
      .run(endpoint.name, JSON.stringify(endpoint));
  }

  find(name: string): Endpoint | undefined {
    return this.#all('WHERE name = ?', name)[0];
  }

  all(): Endpoint[] {
    return this.#all('ORDER BY name');
  }

  unannounced(): Endpoint[] {
    return this.#all('WHERE announced = 0 ORDER BY name');
  }

  remove(name: string): void {
    this.#database.prepare('DELETE FROM endpoints WHERE name = ?').run(name);
  }

  clear(): void {
    this.#database.exec('DELETE FROM endpoints; DELETE FROM parts;');
  }

  close(): void {
    this.#database.close();
  }

  #all(where: string, ...values: string[]): Endpoint[] {
    const rows = this.#database.prepare(`SELECT endpoint FROM endpoints ${where}`).all(...values);
    return rows.map(({ endpoint }) => JSON.parse(String(endpoint)) as Endpoint);
  }
}
