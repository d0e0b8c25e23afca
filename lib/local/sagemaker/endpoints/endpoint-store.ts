import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AwsError } from '../../shared/aws-error.ts';
import { openDatabase } from '../../shared/database.ts';
import { configArn, type Endpoint, modelArn } from './endpoint.ts';
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
CREATE TABLE IF NOT EXISTS requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint TEXT NOT NULL,
  request TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS requests_of_endpoint ON requests (endpoint, id);
`;

interface Parts {
  readonly model: ModelRequest;
  readonly config: ConfigRequest;
}

/** A model or configuration with its time of creation in epoch milliseconds. */
interface Stored<T> {
  readonly request: T;
  readonly created: number;
}

/** A request that waits for its endpoint. */
export interface QueuedRequest {
  readonly inferenceId: string;
  readonly variant: string;
  /** Addresses in S3. */
  readonly input: string;
  readonly output: string;
  readonly failure: string;
  /** As the container gets them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Epoch milliseconds from which on it is answered no more. */
  readonly expires: number;
  readonly timeoutMs: number;
}

/**
 * Models, configurations, endpoints and what waits for them in SQLite: each is there as soon as its
 * creation has answered.
 */
export class EndpointStore {
  private readonly database: DatabaseSync;
  private readonly saveEndpoint: StatementSync;

  constructor(file: string) {
    this.database = openDatabase(file, SCHEMA);
    this.saveEndpoint = this.database.prepare(
      'INSERT OR REPLACE INTO endpoints (name, announced, endpoint) VALUES (?, 0, ?)',
    );
  }

  /** False when there is one of that name. */
  add<K extends keyof Parts>(kind: K, name: string, request: Parts[K], created: number): boolean {
    const { changes } = this.database
      .prepare('INSERT OR IGNORE INTO parts (kind, name, created, content) VALUES (?, ?, ?, ?)')
      .run(kind, name, created, JSON.stringify(request));
    return changes === 1;
  }

  private part<K extends keyof Parts>(kind: K, name: string): Stored<Parts[K]> | undefined {
    const row = this.database
      .prepare('SELECT created, content FROM parts WHERE kind = ? AND name = ?')
      .get(kind, name);
    if (!row) return undefined;
    return { request: JSON.parse(String(row.content)) as Parts[K], created: Number(row.created) };
  }

  /** Throws `ValidationException` when there is none. */
  requireModel(name: string): Stored<ModelRequest> {
    const found = this.part('model', name);
    if (found) return found;
    throw new AwsError('ValidationException', `Could not find model "${modelArn(name)}".`);
  }

  /** Throws `ValidationException` when there is none. */
  requireConfig(name: string): Stored<ConfigRequest> {
    const found = this.part('config', name);
    if (found) return found;
    const wanted = configArn(name);
    throw new AwsError('ValidationException', `Could not find endpoint configuration "${wanted}".`);
  }

  removePart(kind: keyof Parts, name: string): void {
    this.database.prepare('DELETE FROM parts WHERE kind = ? AND name = ?').run(kind, name);
  }

  save(endpoint: Endpoint): void {
    this.saveEndpoint.run(endpoint.name, JSON.stringify(endpoint));
  }

  /** The present state has been announced. */
  markAnnounced(endpoint: Endpoint): void {
    this.database
      .prepare('UPDATE endpoints SET announced = 1 WHERE name = ? AND endpoint = ?')
      .run(endpoint.name, JSON.stringify(endpoint));
  }

  find(name: string): Endpoint | undefined {
    return this.select('WHERE name = ?', name)[0];
  }

  all(): Endpoint[] {
    return this.select('ORDER BY name');
  }

  unannounced(): Endpoint[] {
    return this.select('WHERE announced = 0 ORDER BY name');
  }

  remove(name: string): void {
    this.database.prepare('DELETE FROM endpoints WHERE name = ?').run(name);
  }

  /** `endpoint`: what tells it from its namesakes. */
  enqueue(endpoint: string, request: QueuedRequest): void {
    this.database
      .prepare('INSERT INTO requests (endpoint, request) VALUES (?, ?)')
      .run(endpoint, JSON.stringify(request));
  }

  /** What waits or is being answered, the oldest first. */
  waiting(endpoint: string, limit: number): (QueuedRequest & { readonly id: number })[] {
    return this.database
      .prepare('SELECT id, request FROM requests WHERE endpoint = ? ORDER BY id LIMIT ?')
      .all(endpoint, limit)
      .map(({ id, request }) => ({
        ...(JSON.parse(String(request)) as QueuedRequest),
        id: Number(id),
      }));
  }

  backlog(endpoint: string): number {
    const row = this.database
      .prepare('SELECT count(*) AS requests FROM requests WHERE endpoint = ?')
      .get(endpoint);
    return Number(row?.requests);
  }

  answered(id: number): void {
    this.database.prepare('DELETE FROM requests WHERE id = ?').run(id);
  }

  /** Forgets what waits for an endpoint. */
  drop(endpoint: string): void {
    this.database.prepare('DELETE FROM requests WHERE endpoint = ?').run(endpoint);
  }

  clear(): void {
    this.database.exec('DELETE FROM endpoints; DELETE FROM parts; DELETE FROM requests;');
  }

  close(): void {
    this.database.close();
  }

  private select(where: string, ...values: string[]): Endpoint[] {
    const rows = this.database.prepare(`SELECT endpoint FROM endpoints ${where}`).all(...values);
    return rows.map(({ endpoint }) => JSON.parse(String(endpoint)) as Endpoint);
  }
}
