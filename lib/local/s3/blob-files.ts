import { randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { copyFile, type FileHandle, link, open, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { syncFolder } from '../data-dir/replace-file.ts';
import { free } from '../shared/free.ts';
import type { S3Database } from './database.ts';

/** Bytes of an inclusive range. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Bytes read at once when files are joined. */
const COPY_CHUNK = 1024 * 1024;

/**
 * Immutable files named by chance, two levels deep. A file is complete and synced before a row names
 * it; whatever a crash left without a row is deleted at the next start.
 */
export class BlobFiles {
  private readonly folder: string;
  private readonly database: S3Database;

  constructor(folder: string, database: S3Database) {
    this.folder = folder;
    this.database = database;
    mkdirSync(folder, { recursive: true });
  }

  /** A mounted object's blob is its path. */
  path(id: string): string {
    if (isAbsolute(id)) return id;
    return join(this.folder, id.slice(0, 2), id);
  }

  /** Writes all of the source to a new file and frees its chunks; on an error nothing of it stays. */
  async write(
    source: AsyncIterable<Buffer>,
    onChunk: (chunk: Buffer) => void,
  ): Promise<{ id: string; size: number }> {
    const id = this.reserve();
    let size = 0;
    let file: FileHandle | undefined;
    try {
      file = await open(this.path(id), 'wx');
      for await (const chunk of source) {
        // Summed up while it is being written.
        const written = file.writeFile(chunk);
        onChunk(chunk);
        await written;
        size += chunk.length;
        free(chunk);
      }
      await file.sync();
      await file.close();
      await this.syncFolder(id);
      return { id, size };
    } catch (error) {
      await file?.close();
      await this.discard([id]);
      throw error;
    }
  }

  /** Joins blobs into one, in order; the sources stay. */
  concatenate(ids: readonly string[], onChunk: (chunk: Buffer) => void) {
    return this.write(this.readAll(ids), onChunk);
  }

  /** A second name for the same bytes: files never change. Throws ENOENT when the blob is gone. */
  async duplicate(id: string): Promise<string> {
    const copy = this.reserve();
    // What is mounted may change, and may lie on another file system.
    if (isAbsolute(id)) await copyFile(id, this.path(copy));
    else await link(this.path(id), this.path(copy));
    await this.syncFolder(copy);
    return copy;
  }

  open(id: string): Promise<FileHandle> {
    return open(this.path(id), 'r');
  }

  /** Deletes files that no row names any more. */
  async discard(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await rm(this.path(id), { force: true });
      this.database.run('DELETE FROM unnamed WHERE blob = ?', [id]);
    }
  }

  /** Deletes what a crash left behind. */
  async sweep(): Promise<void> {
    const left = this.database.all<{ blob: string }>('SELECT blob FROM unnamed');
    await this.discard(left.map(({ blob }) => blob));
  }

  private reserve(): string {
    const id = randomUUID();
    this.database.run('INSERT INTO unnamed VALUES (?)', [id]);
    const made = mkdirSync(join(this.folder, id.slice(0, 2)), { recursive: true });
    if (made !== undefined) syncFolder(this.folder);
    return id;
  }

  /** A file's name is its folder's: without this a power cut may leave a row that names no file. */
  private async syncFolder(id: string): Promise<void> {
    const folder = await open(dirname(this.path(id)), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  private async *readAll(ids: readonly string[]): AsyncGenerator<Buffer> {
    for (const id of ids) {
      yield* createReadStream(this.path(id), {
        highWaterMark: COPY_CHUNK,
      }) as AsyncIterable<Buffer>;
    }
  }
}
