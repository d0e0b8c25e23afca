import { transaction } from '../shared/database.ts';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import type { S3Database } from './database.ts';
import { noSuchUpload } from './errors.ts';
import { LAST } from './object-row.ts';

/** A multipart upload that was begun. */
export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly created: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly algorithm?: ChecksumAlgorithm;
  readonly checksumType?: ChecksumType;
}

export interface Part {
  readonly number: number;
  readonly blob: string;
  readonly size: number;
  readonly etag: string;
  readonly modified: number;
  readonly checksum?: Checksum;
}

interface StoredUpload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly created: number;
  readonly headers: string;
  readonly tags: string;
  readonly algorithm: ChecksumAlgorithm | null;
  readonly checksum_type: ChecksumType | null;
}

type StoredPart = Omit<Part, 'checksum'> & { readonly checksum: string | null };

/** Multipart uploads and their parts. */
export class UploadIndex {
  private readonly database: S3Database;

  constructor(database: S3Database) {
    this.database = database;
  }

  create(upload: Upload): void {
    this.database.run('INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?)', [
      upload.id,
      upload.bucket,
      upload.key,
      upload.created,
      JSON.stringify(upload.headers),
      JSON.stringify(upload.tags),
      upload.algorithm ?? null,
      upload.checksumType ?? null,
    ]);
  }

  /** Throws NoSuchUpload, also for an upload of another key. */
  require(id: string, bucket: string, key: string): Upload {
    const query = 'SELECT * FROM uploads WHERE id = ? AND bucket = ? AND key = ?';
    const row = this.database.get<StoredUpload>(query, [id, bucket, key]);
    if (!row) throw noSuchUpload();
    return fromStored(row);
  }

  list(bucket: string, prefix: string, limit: number): Upload[] {
    return this.database
      .all<StoredUpload>(
        'SELECT * FROM uploads WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key, id LIMIT ?',
        [bucket, prefix, prefix + LAST, limit],
      )
      .map(fromStored);
  }

  /** Uploads of keys with the prefix that were begun before a time. */
  begunBefore(bucket: string, prefix: string, time: number, limit: number): Upload[] {
    return this.database
      .all<StoredUpload>(
        'SELECT * FROM uploads WHERE bucket = ? AND key >= ? AND key < ? AND created < ? LIMIT ?',
        [bucket, prefix, prefix + LAST, time, limit],
      )
      .map(fromStored);
  }

  /** Returns the blob of the part that this one replaces. */
  putPart({ id, bucket, key }: Upload, part: Part): string[] {
    return transaction(this.database.raw, () => {
      this.require(id, bucket, key);
      const replaced = this.blobs('AND number = ?', id, part.number);
      this.database.run('DELETE FROM unnamed WHERE blob = ?', [part.blob]);
      this.database.run('INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)', [
        id,
        part.number,
        part.blob,
        part.size,
        part.etag,
        part.modified,
        part.checksum ? JSON.stringify(part.checksum) : null,
      ]);
      return this.enterUnnamed(replaced);
    });
  }

  parts(id: string): Part[] {
    const query = 'SELECT * FROM parts WHERE upload = ? ORDER BY number';
    return this.database.all<StoredPart>(query, [id]).map(({ checksum, ...part }) => ({
      ...part,
      ...(checksum !== null && { checksum: JSON.parse(checksum) as Checksum }),
    }));
  }

  /** Forgets an upload within the caller's transaction; returns the blobs of its parts. */
  drop({ id, bucket, key }: Upload): string[] {
    this.require(id, bucket, key);
    const blobs = this.blobs('', id);
    this.database.run('DELETE FROM parts WHERE upload = ?', [id]);
    this.database.run('DELETE FROM uploads WHERE id = ?', [id]);
    return blobs;
  }

  abort(upload: Upload): string[] {
    return transaction(this.database.raw, () => this.enterUnnamed(this.drop(upload)));
  }

  private blobs(condition: string, ...values: (string | number)[]): string[] {
    const query = `SELECT blob FROM parts WHERE upload = ? ${condition}`;
    return this.database.all<{ blob: string }>(query, values).map(({ blob }) => blob);
  }

  private enterUnnamed(blobs: string[]): string[] {
    for (const blob of blobs) this.database.run('INSERT INTO unnamed VALUES (?)', [blob]);
    return blobs;
  }
}

function fromStored({ algorithm, checksum_type: type, ...row }: StoredUpload): Upload {
  return {
    ...row,
    headers: JSON.parse(row.headers) as Record<string, string>,
    tags: JSON.parse(row.tags) as Record<string, string>,
    ...(algorithm !== null && { algorithm }),
    ...(type !== null && { checksumType: type }),
  };
}
