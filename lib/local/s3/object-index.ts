import type { DatabaseSync } from 'node:sqlite';
import { openDatabase, transaction } from '../shared/database.ts';
import { noSuchBucket, noSuchUpload } from './s3-error.ts';

export interface ObjectRow {
  readonly bucket: string;
  readonly key: string;
  readonly blob: string;
  readonly size: number;
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly modified: number;
  /** Content headers, user metadata and the checksum, as response headers. */
  readonly headers: string;
}

export interface PartRow {
  readonly number: number;
  readonly blob: string;
  readonly size: number;
  readonly etag: string;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT, key TEXT, blob TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified INTEGER NOT NULL, headers TEXT NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
  CREATE UNIQUE INDEX IF NOT EXISTS object_blobs ON objects (blob);
  CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, headers TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS parts (
    upload TEXT, number INTEGER, blob TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    PRIMARY KEY (upload, number)) WITHOUT ROWID;
  CREATE UNIQUE INDEX IF NOT EXISTS part_blobs ON parts (blob);
`;

/** Which objects exist. SQLite compares keys bytewise, the order in which S3 lists them. */
export class ObjectIndex {
  private readonly database: DatabaseSync;

  constructor(file: string) {
    this.database = openDatabase(file, SCHEMA);
  }

  close(): void {
    this.database.close();
  }

  createBucket(name: string): void {
    this.run('INSERT OR IGNORE INTO buckets VALUES (?, ?)', name, Date.now());
  }

  buckets(): { name: string; created: number }[] {
    return this.all('SELECT name, created FROM buckets ORDER BY name');
  }

  requireBucket(name: string): void {
    if (!this.database.prepare('SELECT 1 FROM buckets WHERE name = ?').get(name))
      throw noSuchBucket();
  }

  object(bucket: string, key: string): ObjectRow | undefined {
    return this.all<ObjectRow>(
      'SELECT * FROM objects WHERE bucket = ? AND key = ?',
      bucket,
      key,
    )[0];
  }

  /**
   * Puts a row if `allowed` holds for what is there; both in one transaction, so that of two racing
   * conditional writes one loses. Returns the blobs that no row names any more.
   */
  putObject(row: ObjectRow, allowed: (current: ObjectRow | undefined) => void, upload?: string) {
    return transaction(this.database, () => {
      const current = this.object(row.bucket, row.key);
      allowed(current);
      this.run(
        'INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)',
        ...[row.bucket, row.key, row.blob, row.size, row.etag, row.modified, row.headers],
      );
      const unused = current ? [current.blob] : [];
      if (upload) unused.push(...this.dropUpload(upload));
      return unused;
    });
  }

  deleteObject(bucket: string, key: string): string | undefined {
    return transaction(this.database, () => {
      const current = this.object(bucket, key);
      this.run('DELETE FROM objects WHERE bucket = ? AND key = ?', bucket, key);
      return current?.blob;
    });
  }

  /** Keys after `after` with the prefix, in order; at most `limit`. */
  list(bucket: string, prefix: string, after: string, limit: number): ObjectRow[] {
    const end = `${prefix}\u{10ffff}`;
    return this.all<ObjectRow>(
      'SELECT * FROM objects WHERE bucket = ? AND key >= ? AND key < ? AND key > ? ORDER BY key LIMIT ?',
      ...[bucket, prefix, end, after, limit],
    );
  }

  createUpload(id: string, bucket: string, key: string, headers: string): void {
    this.run('INSERT INTO uploads VALUES (?, ?, ?, ?)', id, bucket, key, headers);
  }

  upload(id: string): { bucket: string; key: string; headers: string } {
    const rows = this.all<{ bucket: string; key: string; headers: string }>(
      'SELECT bucket, key, headers FROM uploads WHERE id = ?',
      id,
    );
    if (!rows[0]) throw noSuchUpload();
    return rows[0];
  }

  /** Returns the blob of the part that this one replaces. */
  putPart(upload: string, part: PartRow): string | undefined {
    return transaction(this.database, () => {
      this.upload(upload);
      const old = this.parts(upload).find(({ number }) => number === part.number);
      const { number, blob, size, etag } = part;
      this.run(
        'INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?)',
        upload,
        number,
        blob,
        size,
        etag,
      );
      return old?.blob;
    });
  }

  parts(upload: string): PartRow[] {
    return this.all<PartRow>('SELECT * FROM parts WHERE upload = ? ORDER BY number', upload);
  }

  /** Forgets an upload; returns the blobs of its parts. */
  dropUpload(id: string): string[] {
    const blobs = this.parts(id).map(({ blob }) => blob);
    this.run('DELETE FROM parts WHERE upload = ?', id);
    this.run('DELETE FROM uploads WHERE id = ?', id);
    return blobs;
  }

  knowsBlob(id: string): boolean {
    const query =
      'SELECT 1 FROM objects WHERE blob = ?1 UNION ALL SELECT 1 FROM parts WHERE blob = ?1 LIMIT 1';
    return this.database.prepare(query).get(id) !== undefined;
  }

  private run(sql: string, ...values: (string | number)[]): void {
    this.database.prepare(sql).run(...values);
  }

  private all<T>(sql: string, ...values: (string | number)[]): T[] {
    return this.database.prepare(sql).all(...values) as T[];
  }
}
