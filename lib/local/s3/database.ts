import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDatabase } from '../shared/database.ts';

/**
 * `unnamed` holds files that no row names, or not yet: one is entered before it is written, struck
 * out in the transaction that names it, entered again in the one that drops it.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key TEXT NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, modified INTEGER NOT NULL, headers TEXT NOT NULL, checksum TEXT,
    tags TEXT NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, created INTEGER NOT NULL,
    headers TEXT NOT NULL, tags TEXT NOT NULL, algorithm TEXT, checksum_type TEXT);
  CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads (bucket, key, id);
  CREATE TABLE IF NOT EXISTS parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, modified INTEGER NOT NULL, checksum TEXT,
    PRIMARY KEY (upload, number)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS versions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,
    marker INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified INTEGER NOT NULL,
    headers TEXT NOT NULL, checksum TEXT, tags TEXT NOT NULL, until INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS versions_by_key ON versions (bucket, key, seq);
  CREATE TABLE IF NOT EXISTS unnamed (blob TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, detail TEXT NOT NULL);
`;

const EMPTY = `
  BEGIN IMMEDIATE;
  INSERT OR IGNORE INTO unnamed SELECT blob FROM objects UNION SELECT blob FROM parts
    UNION SELECT id FROM versions WHERE NOT marker;
  DELETE FROM objects; DELETE FROM versions; DELETE FROM uploads; DELETE FROM parts; DELETE FROM notices;
  COMMIT;`;

type Value = string | number | null;

/** The index of the object store. */
export class S3Database {
  readonly raw: DatabaseSync;
  /** By their SQL, which is never put together from values: preparing costs more than most of them. */
  private readonly statements = new Map<string, StatementSync>();

  constructor(file: string) {
    this.raw = openDatabase(file, SCHEMA);
  }

  /** Drops everything but the buckets; the files become unnamed, to be swept. */
  empty(): void {
    this.raw.exec(EMPTY);
  }

  run(sql: string, values: readonly Value[] = []): void {
    this.prepared(sql).run(...values);
  }

  all<T>(sql: string, values: readonly Value[] = []): T[] {
    return this.prepared(sql).all(...values) as T[];
  }

  get<T>(sql: string, values: readonly Value[] = []): T | undefined {
    return this.prepared(sql).get(...values) as T | undefined;
  }

  private prepared(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.raw.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}
