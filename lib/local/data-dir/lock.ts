import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../shared/make-folder.ts';

export const LOCK_FILE = 'lock.db';

/**
 * Takes a folder for this process, and makes it where it is not; undefined when another process has it.
 * The lock is SQLite's own file lock, which the operating system drops with the process, however it ends.
 */
export function lockFolder(path: string): DatabaseSync | undefined {
  makeFolder(path);
  const lock = new DatabaseSync(join(path, LOCK_FILE));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
    return lock;
  } catch {
    lock.close();
    return undefined;
  }
}
