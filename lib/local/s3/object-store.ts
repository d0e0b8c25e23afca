import { randomUUID } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  type ReadStream,
  readdirSync,
} from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { UploadDigests } from './checksums.ts';

/** A stored run of bytes: a whole object or a part of one. */
export interface Blob {
  readonly id: string;
  readonly size: number;
  readonly etag: string;
  readonly checksum?: { readonly algorithm: string; readonly value: string };
}

/**
 * Files named by chance, two levels deep. A file is complete and synced before its name exists, so
 * that a row of the index never points at half of one; what no row names is swept at the start.
 */
export class BlobFiles {
  private readonly folder: string;
  private readonly incoming: string;

  constructor(folder: string) {
    this.folder = folder;
    this.incoming = join(folder, 'incoming');
    mkdirSync(this.incoming, { recursive: true });
  }

  path(id: string): string {
    return join(this.folder, id.slice(0, 2), id);
  }

  async write(source: Readable, digests: UploadDigests): Promise<Blob> {
    const id = randomUUID();
    const temporary = join(this.incoming, id);
    let size = 0;
    try {
      await pipeline(
        source,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            size += chunk.length;
            digests.update(chunk);
            yield chunk;
          }
        },
        createWriteStream(temporary, { flush: true }),
      );
      const digest = digests.finish();
      await this.publish(temporary, id);
      return { id, size, ...digest };
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Joins blobs into one, in order; the sources stay. */
  async concatenate(ids: readonly string[]): Promise<string> {
    const id = randomUUID();
    const temporary = join(this.incoming, id);
    const target = await open(temporary, 'w');
    try {
      for (const source of ids) {
        for await (const chunk of createReadStream(this.path(source), { highWaterMark: 1 << 20 })) {
          await target.writeFile(chunk as Buffer);
        }
      }
      await target.sync();
    } finally {
      await target.close();
    }
    await this.publish(temporary, id);
    return id;
  }

  read(id: string, range?: { start: number; end: number }): ReadStream {
    return createReadStream(this.path(id), { highWaterMark: 1 << 18, ...range });
  }

  async remove(id: string): Promise<void> {
    await rm(this.path(id), { force: true });
  }

  /** Deletes every file that nothing names: uploads that a crash interrupted. */
  async sweep(known: (id: string) => boolean): Promise<void> {
    await rm(this.incoming, { recursive: true, force: true });
    mkdirSync(this.incoming);
    for (const level of readdirSync(this.folder)) {
      if (level === 'incoming') continue;
      for (const id of readdirSync(join(this.folder, level))) {
        if (!known(id)) await this.remove(id);
      }
    }
  }

  private async publish(temporary: string, id: string): Promise<void> {
    mkdirSync(join(this.folder, id.slice(0, 2)), { recursive: true });
    await rename(temporary, this.path(id));
  }
}
