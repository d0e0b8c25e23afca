import { randomUUID } from 'node:crypto';
import type { S3Database } from './database.ts';
import { fromStored, LAST, type ObjectRow, type StoredRow } from './object-row.ts';

/** What an object was before, or the mark of its deletion. Its id is the name of its file. */
interface VersionRow extends ObjectRow {
  readonly marker: boolean;
  /** Greater is newer. */
  readonly seq: number;
}

type StoredVersion = Omit<StoredRow, 'blob'> & {
  readonly id: string;
  readonly marker: number;
  readonly seq: number;
};

/** A version that is gone: its file, unless it was the mark of a deletion. */
export interface Expired {
  readonly key: string;
  readonly id: string;
  readonly marker: number;
}

/** Of the present object: newer than everything that is kept of its key. */
const PRESENT = Number.MAX_SAFE_INTEGER;

const COLUMNS = 'bucket, key, size, etag, modified, headers, checksum, tags';
const BELOW = 'bucket = ?1 AND key >= ?2 AND key < ?3 AND key >= ?4';

const LISTED = `
  SELECT * FROM (
    SELECT ${COLUMNS}, blob AS id, 0 AS marker, ${PRESENT} AS seq FROM objects WHERE ${BELOW}
    UNION ALL SELECT ${COLUMNS}, id, marker, seq FROM versions WHERE ${BELOW})
  WHERE key > ?4 OR seq < ?5 ORDER BY key, seq DESC LIMIT ?6`;

const OF_MARK = { size: 0, etag: '', headers: '{}', checksum: null, tags: '{}' };

/**
 * What buckets keep that have versions. The calls that change something belong into the transaction of what makes
 * it so.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
 */
export class Versions {
  private readonly database: S3Database;
  private readonly keepsThem: (bucket: string) => boolean;

  constructor(database: S3Database, keepsThem: (bucket: string) => boolean = () => false) {
    this.database = database;
    this.keepsThem = keepsThem;
  }

  areKeptIn(bucket: string): boolean {
    return this.keepsThem(bucket);
  }

  /** Keeps an object that is about to be replaced or deleted. */
  keep({ blob: id, ...row }: ObjectRow): void {
    this.insert({
      ...row,
      id,
      marker: 0,
      headers: JSON.stringify(row.headers),
      checksum: row.checksum ? JSON.stringify(row.checksum) : null,
      tags: JSON.stringify(row.tags),
    });
  }

  /** Marks a key as deleted; answers the mark's id. */
  mark(bucket: string, key: string): string {
    const id = randomUUID();
    this.insert({ ...OF_MARK, bucket, key, id, marker: 1, modified: Date.now() });
    return id;
  }

  find(bucket: string, key: string, id: string): VersionRow | undefined {
    const query = 'SELECT * FROM versions WHERE bucket = ? AND key = ? AND id = ?';
    const row = this.database.get<StoredVersion>(query, [bucket, key, id]);
    return row && versionOf(row);
  }

  newest(bucket: string, key: string): VersionRow | undefined {
    const query = 'SELECT * FROM versions WHERE bucket = ? AND key = ? ORDER BY seq DESC LIMIT 1';
    const row = this.database.get<StoredVersion>(query, [bucket, key]);
    return row && versionOf(row);
  }

  forget({ seq }: VersionRow): void {
    this.database.run('DELETE FROM versions WHERE seq = ?', [seq]);
  }

  any(bucket: string): boolean {
    return this.database.get('SELECT 1 FROM versions WHERE bucket = ?', [bucket]) !== undefined;
  }

  /** Objects and versions behind a place, by key and from new to old, at most `limit`. */
  list(
    bucket: string,
    prefix: string,
    after: { readonly key: string; readonly id: string | undefined },
    limit: number,
  ): VersionRow[] {
    const found = after.id === undefined ? undefined : this.find(bucket, after.key, after.id);
    const seq = after.id === undefined ? 0 : (found?.seq ?? PRESENT);
    return this.database
      .all<StoredVersion>(LISTED, [bucket, prefix, prefix + LAST, after.key, seq, limit])
      .map(versionOf);
  }

  /** Forgets what was replaced or deleted before a time, at most `limit`; answers what that was. */
  expire(bucket: string, prefix: string, before: number, limit: number): Expired[] {
    const old = this.database.all<Expired & { seq: number }>(
      `SELECT seq, key, id, marker FROM versions
       WHERE bucket = ? AND key >= ? AND key < ? AND until < ? AND ${REPLACED} LIMIT ?`,
      [bucket, prefix, prefix + LAST, before, limit],
    );
    for (const { seq } of old) this.database.run('DELETE FROM versions WHERE seq = ?', [seq]);
    return old;
  }

  /** Forgets marks from before a time behind which there is nothing any more; answers what those were. */
  expireMarks(bucket: string, prefix: string, before: number): Expired[] {
    return this.database.all<Expired>(
      `DELETE FROM versions WHERE bucket = ? AND key >= ? AND key < ? AND until < ? AND marker
         AND NOT EXISTS (SELECT 1 FROM versions AS other
           WHERE other.bucket = versions.bucket AND other.key = versions.key AND other.seq <> versions.seq)
       RETURNING key, id, marker`,
      [bucket, prefix, prefix + LAST, before],
    );
  }

  private insert(row: Omit<StoredVersion, 'seq'>): void {
    const { bucket, key, id, marker, size, etag, modified, headers, checksum, tags } = row;
    this.database.run(
      `INSERT INTO versions (bucket, key, id, marker, size, etag, modified, headers, checksum, tags, until)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [bucket, key, id, marker, size, etag, modified, headers, checksum, tags, Date.now()],
    );
  }
}

/** A mark of deletion that nothing has followed is no old version, but how the key is now. */
const REPLACED = `(NOT marker
  OR EXISTS (SELECT 1 FROM objects WHERE objects.bucket = versions.bucket AND objects.key = versions.key)
  OR EXISTS (SELECT 1 FROM versions AS newer WHERE newer.bucket = versions.bucket
    AND newer.key = versions.key AND newer.seq > versions.seq))`;

const versionOf = ({ id, marker, seq, ...row }: StoredVersion): VersionRow => ({
  ...fromStored({ ...row, blob: id }),
  marker: marker !== 0,
  seq,
});
