import { AwsError } from '../shared/aws-error.ts';
import { transaction } from '../shared/database.ts';
import type { S3Database } from './database.ts';
import { noSuchBucket } from './errors.ts';
import { type DeletionReason, type Notice, objectDeleted } from './notices.ts';
import { fromStored, LAST, type ObjectRow, type StoredRow } from './object-row.ts';
import { type Expired, Versions } from './versions.ts';

/** Refuses a write by throwing; it sees what is there now. */
export type WriteCheck = (current: ObjectRow | undefined) => void;

/** What a deletion has done. */
export interface Removed {
  /** Files that nothing names any more. */
  readonly dropped: readonly string[];
  /** The version that marks the deletion, or that was one and is gone. */
  readonly marker?: string;
}

/** Which objects exist. SQLite compares keys bytewise, the order in which S3 lists them. */
export class ObjectIndex {
  protected readonly database: S3Database;
  private readonly versions: Versions;

  constructor(database: S3Database, versions = new Versions(database)) {
    this.database = database;
    this.versions = versions;
  }

  /** Whether an object with this key stays as a version of it when it is replaced or deleted. */
  keepsVersions(bucket: string, _key: string): boolean {
    return this.versions.areKeptIn(bucket);
  }

  createBucket(name: string): void {
    this.database.run('INSERT OR IGNORE INTO buckets VALUES (?, ?)', [name, Date.now()]);
  }

  deleteBucket(name: string): void {
    transaction(this.database.raw, () => {
      this.requireBucket(name);
      if (this.list(name, '', '', 1).length > 0 || this.versions.any(name)) {
        throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
      }
      this.database.run('DELETE FROM buckets WHERE name = ?', [name]);
    });
  }

  buckets(): { name: string; created: number }[] {
    return this.database.all('SELECT name, created FROM buckets ORDER BY name');
  }

  requireBucket(name: string): void {
    if (!this.database.get('SELECT 1 FROM buckets WHERE name = ?', [name])) throw noSuchBucket();
  }

  object(bucket: string, key: string): ObjectRow | undefined {
    const query = 'SELECT * FROM objects WHERE bucket = ? AND key = ?';
    const row = this.database.get<StoredRow>(query, [bucket, key]);
    return row && fromStored(row);
  }

  /**
   * Puts a row if `check` lets it: both in one transaction, so that of two racing conditional writes
   * one loses. Returns the blobs that nothing names any more.
   */
  put(
    row: ObjectRow,
    check: WriteCheck,
    notice?: Notice,
    alsoInTransaction?: () => string[],
  ): string[] {
    return transaction(this.database.raw, () => {
      this.requireBucket(row.bucket);
      const current = this.object(row.bucket, row.key);
      check(current);
      this.database.run('DELETE FROM unnamed WHERE blob = ?', [row.blob]);
      this.insert(row);
      const dropped = [...this.replaced(current), ...(alsoInTransaction?.() ?? [])];
      this.enterUnnamed(dropped);
      if (notice) this.enterNotice(notice);
      return dropped;
    });
  }

  /**
   * Deletes an object if `check` lets it; where versions are kept, it stays as one, and a mark follows it.
   * Without a reason nobody is told.
   */
  remove(bucket: string, key: string, check: WriteCheck, reason?: DeletionReason): Removed {
    return transaction(this.database.raw, () => {
      this.requireBucket(bucket);
      const current = this.object(bucket, key);
      check(current);
      const marks = this.versions.areKeptIn(bucket);
      if (!current && !marks) return { dropped: [] };
      this.database.run('DELETE FROM objects WHERE bucket = ? AND key = ?', [bucket, key]);
      const dropped = this.replaced(current);
      this.enterUnnamed(dropped);
      const marker = marks ? this.versions.mark(bucket, key) : undefined;
      if (reason) this.enterNotice(objectDeleted({ bucket, key, id: marker, marks }, reason));
      return { dropped, ...(marker !== undefined && { marker }) };
    });
  }

  /** A version, the present one or an older; a mark of deletion, too. */
  version(bucket: string, key: string, id: string): (ObjectRow & { marker?: boolean }) | undefined {
    const current = this.object(bucket, key);
    return current?.blob === id ? current : this.versions.find(bucket, key, id);
  }

  /** Deletes a version for good; what it had hidden is the object then. */
  removeVersion(bucket: string, key: string, id: string, reason?: DeletionReason): Removed {
    return transaction(this.database.raw, () => {
      this.requireBucket(bucket);
      const found = this.versions.find(bucket, key, id);
      if (found) this.versions.forget(found);
      else if (this.object(bucket, key)?.blob !== id) return { dropped: [] };
      else this.database.run('DELETE FROM objects WHERE bucket = ? AND key = ?', [bucket, key]);
      const dropped = found?.marker ? [] : [id];
      this.enterUnnamed(dropped);
      const newest = this.versions.newest(bucket, key);
      if (newest && !newest.marker && !this.object(bucket, key)) {
        this.versions.forget(newest);
        this.insert(newest);
      }
      if (reason) this.enterNotice(objectDeleted({ bucket, key, id }, reason));
      return { dropped, ...(found?.marker && { marker: id }) };
    });
  }

  /** Forgets old versions below a prefix, at most `limit`. */
  expireVersions(
    bucket: string,
    prefix: string,
    before: number,
    limit: number,
    reason?: DeletionReason,
  ): { readonly count: number; readonly dropped: readonly string[] } {
    return transaction(this.database.raw, () => {
      const old = this.versions.expire(bucket, prefix, before, limit);
      const dropped = old.filter(({ marker }) => !marker).map(({ id }) => id);
      this.enterUnnamed(dropped);
      this.tellExpired(bucket, old, reason);
      return { count: old.length, dropped };
    });
  }

  /** Forgets marks of deletion behind which there is nothing any more. */
  expireMarks(bucket: string, prefix: string, before: number, reason?: DeletionReason): void {
    transaction(this.database.raw, () =>
      this.tellExpired(bucket, this.versions.expireMarks(bucket, prefix, before), reason),
    );
  }

  setTags(bucket: string, key: string, tags: Readonly<Record<string, string>>): void {
    const update = 'UPDATE objects SET tags = ? WHERE bucket = ? AND key = ?';
    this.database.run(update, [JSON.stringify(tags), bucket, key]);
  }

  /** Rows with keys behind `after` that start with the prefix, in order; at most `limit`. */
  list(bucket: string, prefix: string, after: string, limit: number): ObjectRow[] {
    return this.database
      .all<StoredRow>(
        'SELECT * FROM objects WHERE bucket = ? AND key >= ? AND key < ? AND key > ? ORDER BY key LIMIT ?',
        [bucket, prefix, prefix + LAST, after, limit],
      )
      .map(fromStored);
  }

  private insert(row: ObjectRow): void {
    this.database.run('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', [
      row.bucket,
      row.key,
      row.blob,
      row.size,
      row.etag,
      row.modified,
      JSON.stringify(row.headers),
      row.checksum ? JSON.stringify(row.checksum) : null,
      JSON.stringify(row.tags),
    ]);
  }

  /** Keeps what was there as a version, or answers its file. */
  private replaced(current: ObjectRow | undefined): string[] {
    if (!current) return [];
    if (!this.versions.areKeptIn(current.bucket)) return [current.blob];
    this.versions.keep(current);
    return [];
  }

  private tellExpired(
    bucket: string,
    gone: readonly Expired[],
    reason: DeletionReason | undefined,
  ): void {
    if (!reason) return;
    for (const { key, id } of gone) this.enterNotice(objectDeleted({ bucket, key, id }, reason));
  }

  protected enterUnnamed(blobs: readonly string[]): void {
    for (const blob of blobs) this.database.run('INSERT INTO unnamed VALUES (?)', [blob]);
  }

  protected enterNotice({ type, detail }: Notice): void {
    const insert = 'INSERT INTO notices (type, detail) VALUES (?, ?)';
    this.database.run(insert, [type, JSON.stringify(detail)]);
  }
}
