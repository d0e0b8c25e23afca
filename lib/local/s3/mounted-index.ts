import { copyFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transaction } from '../shared/database.ts';
import { makeFolder } from '../shared/make-folder.ts';
import type { S3Database } from './database.ts';
import { invalidArgument, invalidRequest, notImplemented } from './errors.ts';
import { type DeletionReason, type Notice, objectDeleted } from './notices.ts';
import { ObjectIndex, type Removed, type WriteCheck } from './object-index.ts';
import { LAST, type ObjectRow } from './object-row.ts';
import type { Versions } from './versions.ts';

/** A folder that holds, as plain files, the objects whose keys start with the prefix. */
export interface Mount {
  /** Ends with `/`; otherwise it is the key of one object, and `folder` its file. */
  readonly prefix: string;
  /** Absolute. */
  readonly folder: string;
  /** The only bucket where it holds; by default in every one. */
  readonly bucket?: string;
  /** What was stored with an object besides its content, by its path. */
  readonly headers?: (path: string) => Readonly<Record<string, string>>;
}

/**
 * An index whose mounted parts are what lies in their folders right now, whoever put it there. The blob
 * of such an object is its path; an ETag is made of size and time, tags and metadata are not kept.
 */
export class MountedIndex extends ObjectIndex {
  private readonly mounts: readonly Mount[];
  private readonly blobPath: (id: string) => string;

  constructor(
    database: S3Database,
    mounts: readonly Mount[],
    blobPath: (id: string) => string,
    versions: Versions,
  ) {
    super(database, versions);
    this.mounts = mounts;
    this.blobPath = blobPath;
  }

  override keepsVersions(bucket: string, key: string): boolean {
    return super.keepsVersions(bucket, key) && !this.mountOf(bucket, key);
  }

  override object(bucket: string, key: string): ObjectRow | undefined {
    const mount = this.mountOf(bucket, key);
    if (!mount) return super.object(bucket, key);
    const path = pathBelow(mount, key);
    return path === '' ? undefined : rowOf(bucket, key, path, mount);
  }

  override put(
    row: ObjectRow,
    check: WriteCheck,
    notice?: Notice,
    alsoInTransaction?: () => string[],
  ): string[] {
    const path = this.pathOf(row.bucket, row.key);
    if (path === undefined) return super.put(row, check, notice, alsoInTransaction);
    if (!path) throw invalidArgument(`${row.key} is no file name`);
    this.requireBucket(row.bucket);
    check(this.object(row.bucket, row.key));
    moveFile(this.blobPath(row.blob), path);
    return transaction(this.database.raw, () => {
      this.database.run('DELETE FROM unnamed WHERE blob = ?', [row.blob]);
      const dropped = alsoInTransaction?.() ?? [];
      this.enterUnnamed(dropped);
      if (notice) this.enterNotice(notice);
      return dropped;
    });
  }

  override remove(
    bucket: string,
    key: string,
    check: WriteCheck,
    reason?: DeletionReason,
  ): Removed {
    const path = this.pathOf(bucket, key);
    if (path === undefined) return super.remove(bucket, key, check, reason);
    const current = this.object(bucket, key);
    check(current);
    if (!current) return { dropped: [] };
    rmSync(current.blob, { force: true });
    if (reason) this.enterNotice(objectDeleted({ bucket, key }, reason));
    return { dropped: [] };
  }

  override setTags(bucket: string, key: string, tags: Readonly<Record<string, string>>): void {
    if (this.mountOf(bucket, key)) throw notImplemented('Tags of a mounted object');
    super.setTags(bucket, key, tags);
  }

  override list(bucket: string, prefix: string, after: string, limit: number): ObjectRow[] {
    const rows = super.list(bucket, prefix, after, limit);
    const here = this.mounts.filter(
      (mount) =>
        (mount.bucket ?? bucket) === bucket &&
        (mount.prefix.startsWith(prefix) || prefix.startsWith(mount.prefix)),
    );
    for (const mount of here) {
      for (const { key, path } of keysIn(mount, { prefix, after, limit })) {
        const row = rowOf(bucket, key, path, mount);
        if (row) rows.push(row);
      }
    }
    return here.length === 0 ? rows : rows.sort((a, b) => compare(a.key, b.key)).slice(0, limit);
  }

  private mountOf(bucket: string, key: string): Mount | undefined {
    return this.mounts.find((mount) => {
      if ((mount.bucket ?? bucket) !== bucket) return false;
      return mount.prefix.endsWith('/') ? key.startsWith(mount.prefix) : key === mount.prefix;
    });
  }

  /** Undefined: not mounted; empty: a key that is no file name below the folder. */
  private pathOf(bucket: string, key: string): string | undefined {
    const mount = this.mountOf(bucket, key);
    return mount && pathBelow(mount, key);
  }
}

function pathBelow({ prefix, folder }: Mount, key: string): string {
  if (key === prefix && !prefix.endsWith('/')) return folder;
  const names = key.slice(prefix.length).split('/');
  const isFile = names.every((name) => !/^\.{0,2}$|\\|\0/.test(name));
  return isFile ? join(folder, ...names) : '';
}

function rowOf(bucket: string, key: string, path: string, mount: Mount): ObjectRow | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) return undefined;
  const { size, mtimeMs } = found;
  const etag = `${Math.floor(mtimeMs * 1000).toString(16)}-${size.toString(16)}`;
  const headers = { ...mount.headers?.(path) };
  return { bucket, key, blob: path, size, etag, modified: mtimeMs, headers, tags: {} };
}

interface Range {
  readonly prefix: string;
  readonly after: string;
  readonly limit: number;
}

/** Files below a folder in the order of their keys: at most `limit`, behind `after`. */
function keysIn({ folder, prefix: base }: Mount, range: Range): { key: string; path: string }[] {
  const found: { key: string; path: string }[] = [];
  if (!base.endsWith('/')) {
    const isHere = base.startsWith(range.prefix) && compare(base, range.after) > 0;
    return isHere && range.limit > 0 ? [{ key: base, path: folder }] : [];
  }
  const walk = (path: string, below: string): void => {
    for (const { key, isFolder, name } of entries(path, below)) {
      if (found.length === range.limit) return;
      const mayHold = key.startsWith(range.prefix) || range.prefix.startsWith(key);
      if (isFolder && mayHold && compare(key + LAST, range.after) > 0) walk(join(path, name), key);
      if (!isFolder && key.startsWith(range.prefix) && compare(key, range.after) > 0) {
        found.push({ key, path: join(path, name) });
      }
    }
  };
  walk(folder, base);
  return found;
}

function entries(path: string, below: string) {
  try {
    return readdirSync(path, { withFileTypes: true })
      .map((entry) => {
        const isFolder = entry.isDirectory();
        return { name: entry.name, isFolder, key: below + entry.name + (isFolder ? '/' : '') };
      })
      .sort((a, b) => compare(a.key, b.key));
  } catch {
    // Not there yet, or gone again.
    return [];
  }
}

/** Bytewise, as S3 lists. */
const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function moveFile(from: string, to: string): void {
  try {
    makeFolder(dirname(to));
    try {
      renameSync(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
      // Another file system: complete under another name first.
      copyFileSync(from, `${to}.part`);
      renameSync(`${to}.part`, to);
      rmSync(from);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTDIR' && code !== 'EISDIR' && code !== 'EEXIST') throw error;
    throw invalidRequest('A file cannot be a folder at the same time');
  }
}
