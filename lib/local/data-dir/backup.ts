import { cpSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite';
import { linkFolder } from '../shared/link-folder.ts';
import { MARK_FILE } from './layout.ts';
import { LOCK_FILE } from './lock.ts';

const BACKUPS = 'backups';

/** What is no state: locks, addresses, logs, what can be fetched again, and SQLite's own side files. */
const SKIPPED = new Set([BACKUPS, MARK_FILE, LOCK_FILE, 'host.json', 'images', 'logs', 'ui']);
const SIDE_FILE = /-(wal|shm|journal)$/;

/**
 * Copies a data directory into `backups/layout-<n>-<time>` of itself, complete or not at all; answers the
 * folder. Databases are copied by SQLite, which takes in what its log still holds; objects, which never
 * change, get a second name instead of a copy.
 */
export async function backUp(dataDir: string, layout: number): Promise<string> {
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const folder = join(dataDir, BACKUPS, `layout-${layout}-${time}`);
  const draft = `${folder}.partial`;
  removeDrafts(join(dataDir, BACKUPS));
  try {
    await copyFolder(dataDir, draft, new Set([join(dataDir, 's3', 'objects')]));
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

/** What a crash left of earlier attempts. */
function removeDrafts(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.partial')) rmSync(join(folder, name), { recursive: true });
  }
}

async function copyFolder(
  from: string,
  to: string,
  immutable: ReadonlySet<string>,
  top = true,
): Promise<void> {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const { name } = entry;
    const [source, target] = [join(from, name), join(to, name)];
    if ((top && SKIPPED.has(name)) || SIDE_FILE.test(name)) continue;
    if (immutable.has(source)) linkFolder(source, target);
    else if (entry.isDirectory()) await copyFolder(source, target, immutable, false);
    // Deeper down a file may be called so and be none of ours.
    else if (name.endsWith('.db') && (top || name === 'index.db')) await copySqlite(source, target);
    else cpSync(source, target, { preserveTimestamps: true, verbatimSymlinks: true });
  }
}

async function copySqlite(from: string, to: string): Promise<void> {
  const database = new DatabaseSync(from);
  try {
    await copyDatabase(database, to);
  } finally {
    database.close();
  }
}
