import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UsageError } from './cli/start-options.ts';

/** Version of the data directory's layout; a change that old code cannot read raises it. */
export const LAYOUT_VERSION = 1;

export interface DataDir {
  readonly path: string;
  release(): void;
}

/**
 * Takes the data directory for this process. The lock is SQLite's own file lock, which the operating
 * system drops with the process, however it ends. Throws `UsageError` when another process holds
 * it or a newer release wrote it; nothing is changed then.
 */
export function openDataDir(path: string): DataDir {
  const versionFile = join(path, 'version');
  if (existsSync(versionFile)) {
    const found = Number(readFileSync(versionFile, 'utf8'));
    if (!(found <= LAYOUT_VERSION)) {
      throw new UsageError(
        `${path} was written by a newer Slipway (layout ${found}, this one reads ${LAYOUT_VERSION})`,
      );
    }
  }
  const lock = openLock(path);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
  } catch {
    lock.close();
    throw new UsageError(`${path} is in use by another process`);
  }
  writeFileSync(versionFile, String(LAYOUT_VERSION));
  return { path, release: () => lock.close() };
}

function openLock(path: string): DatabaseSync {
  try {
    mkdirSync(path, { recursive: true });
    return new DatabaseSync(join(path, 'lock.db'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${path} cannot be used: ${reason}`);
  }
}
