import { AwsError } from '../shared/aws-error.ts';
import { transaction } from '../shared/database.ts';
import type { Checksum } from './checksums.ts';
import type { S3Database } from './database.ts';
import { noSuchBucket } from './errors.ts';

export interface ObjectRow {
  readonly bucket: string;
  readonly key: string;
  readonly blob: string;
  readonly size: number;
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly modified: number;
  /** Content headers and user metadata, as they are answered. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum?: Checksum;
  readonly tags: Readonly<Record<string, string>>;
}

type StoredRow = Omit<ObjectRow, 'headers' | 'checksum' | 'tags'> & {
  readonly headers: string;
  readonly checksum: string | null;
  readonly tags: string;
};

/** Refuses a write by throwing; it sees what is there now. */
export type WriteCheck = (current: ObjectRow | undefined) => void;

export interface Notice {
  readonly type: 'Object Created' | 'Object Deleted';
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Sorts behind every key that starts with what stands before it. */
export const LAST = '\u{10ffff}';

/** Which objects exist. SQLite compares keys bytewise, the order in which S3 lists them. */
export class ObjectIndex {
  protected readonly database: S3Database;

  constructor(database: S3Database) {
    this.database = database;
  }

  createBucket(name: string): void {
    this.database.run('INSERT OR IGNORE INTO buckets VALUES (?, ?)', name, Date.now());
  }

  deleteBucket(name: string): void {
    transaction(this.database.raw, () => {
      this.requireBucket(name);
      if (this.list(name, '', '', 1).length > 0) {
        throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
      }
      this.database.run('DELETE FROM buckets WHERE name = ?', name);
    });
  }

  buckets(): { name: string; created: number }[] {
    return this.database.all('SELECT name, created FROM buckets ORDER BY name');
  }

  requireBucket(name: string): void {
    if (!this.database.get('SELECT 1 FROM buckets WHERE name = ?', name)) throw noSuchBucket();
  }

  object(bucket: string, key: string): ObjectRow | undefined {
    const query = 'SELECT * FROM objects WHERE bucket = ? AND key = ?';
    const row = this.database.get<StoredRow>(query, bucket, key);
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
      this.database.run('DELETE FROM unnamed WHERE blob = ?', row.blob);
      this.database.run(
        'INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        ...[row.bucket, row.key, row.blob, row.size, row.etag, row.modified],
        JSON.stringify(row.headers),
        row.checksum ? JSON.stringify(row.checksum) : null,
        JSON.stringify(row.tags),
      );
      const dropped = [...(current ? [current.blob] : []), ...(alsoInTransaction?.() ?? [])];
      this.enterUnnamed(dropped);
      if (notice) this.enterNotice(notice);
      return dropped;
    });
  }

  /** Returns the row that was there. */
  remove(bucket: string, key: string, check: WriteCheck, notice?: Notice): ObjectRow | undefined {
    return transaction(this.database.raw, () => {
      this.requireBucket(bucket);
      const current = this.object(bucket, key);
      check(current);
      if (!current) return undefined;
      this.database.run('DELETE FROM objects WHERE bucket = ? AND key = ?', bucket, key);
      this.enterUnnamed([current.blob]);
      if (notice) this.enterNotice(notice);
      return current;
    });
  }

  setTags(bucket: string, key: string, tags: Readonly<Record<string, string>>): void {
    const update = 'UPDATE objects SET tags = ? WHERE bucket = ? AND key = ?';
    this.database.run(update, JSON.stringify(tags), bucket, key);
  }

  /** Rows with keys behind `after` that start with the prefix, in order; at most `limit`. */
  list(bucket: string, prefix: string, after: string, limit: number): ObjectRow[] {
    return this.database
      .all<StoredRow>(
        'SELECT * FROM objects WHERE bucket = ? AND key >= ? AND key < ? AND key > ? ORDER BY key LIMIT ?',
        ...[bucket, prefix, prefix + LAST, after, limit],
      )
      .map(fromStored);
  }

  protected enterUnnamed(blobs: readonly string[]): void {
    for (const blob of blobs) this.database.run('INSERT INTO unnamed VALUES (?)', blob);
  }

  protected enterNotice({ type, detail }: Notice): void {
    const insert = 'INSERT INTO notices (type, detail) VALUES (?, ?)';
    this.database.run(insert, type, JSON.stringify(detail));
  }
}

function fromStored({ headers, checksum, tags, ...row }: StoredRow): ObjectRow {
  return {
    ...row,
    headers: JSON.parse(headers) as Record<string, string>,
    ...(checksum !== null && { checksum: JSON.parse(checksum) as Checksum }),
    tags: JSON.parse(tags) as Record<string, string>,
  };
}
