import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../shared/message-of.ts';
import { UsageError } from '../usage-error.ts';
import { backUp } from './backup.ts';
import { type Damage, databasesIn, keepDamagedLogs, refuseBroken } from './damage.ts';
import { misplacedEntry } from './entries.ts';
import { clearMark, readLayout, readMark, VERSION_FILE, writeLayout, writeMark } from './layout.ts';
import { lockFolder } from './lock.ts';
import { LAYOUT_VERSION, MIGRATIONS, type Migration } from './migrations.ts';

interface DataDir {
  readonly path: string;
  /** There when an older layout was found and brought up to date. */
  readonly migrated?: Migrated;
  /** Logs of databases that were found damaged. */
  readonly damages: readonly Damage[];
  release(): void;
}

export interface Migrated {
  readonly from: number;
  readonly to: number;
  /** Folder with the data as they were before; the older release can be started on it. */
  readonly backup: string;
}

/**
 * Takes the data directory for this process and brings it to the present layout. Throws `UsageError`
 * when another process holds it, a newer release wrote it, it cannot be written, a file has the place of a
 * folder or the other way round, something in it is damaged that cannot be read, or there is no room for the
 * backup; nothing is changed then.
 */
export async function openDataDir(
  path: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<DataDir> {
  const newest = migrations.at(-1)?.to ?? LAYOUT_VERSION;
  const misplaced = misplacedEntry(path);
  if (misplaced) throw new UsageError(`${misplaced}: move it away, or choose another --data-dir`);
  refuseNewer(path, newest);
  refuseUnwritable(path);
  const lock = takeLock(path);
  try {
    // Read again: whoever held the lock until now may have been a newer release.
    const found = refuseNewer(path, newest);
    refuseBroken(path);
    const damages = keepDamagedLogs(path);
    const migrated = await bringUpToDate(path, found, newest, migrations);
    return { path, damages, release: () => lock.close(), ...(migrated && { migrated }) };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** The layout found; undefined in a directory without data. */
function refuseNewer(path: string, newest: number): number | undefined {
  const found = readLayout(path);
  if (found === undefined || found <= newest) return found;
  if (!Number.isFinite(found)) {
    throw new UsageError(
      `${path} was written by a newer Slipway, or damaged: ${join(path, VERSION_FILE)} holds no number`,
    );
  }
  throw new UsageError(
    `${path} was written by a newer Slipway (layout ${found}, this one reads ${newest})`,
  );
}

/**
 * A migration is marked, then the new layout is written, then the steps run: from then on an older release
 * refuses the directory, and this one, after a crash, runs all of them again.
 */
async function bringUpToDate(
  path: string,
  found: number | undefined,
  newest: number,
  migrations: readonly Migration[],
): Promise<Migrated | undefined> {
  const begun = readMark(path);
  const interrupted = begun !== undefined && found !== undefined && found > begun.from;
  if (found === undefined || (found === newest && !interrupted)) {
    if (found === undefined) writeLayout(path, newest);
    return undefined;
  }
  const from = interrupted ? begun.from : found;
  const backup = interrupted ? begun.backup : await backedUp(path, from);
  writeMark(path, { from, backup });
  writeLayout(path, newest);
  for (const { to, run } of migrations) if (to > from) run(path);
  clearMark(path);
  return { from, to: newest, backup };
}

async function backedUp(path: string, layout: number): Promise<string> {
  try {
    return await backUp(path, layout);
  } catch (error) {
    const reason = messageOf(error);
    throw new UsageError(`${path} has layout ${layout} and cannot be backed up: ${reason}`);
  }
}

/** SQLite reads what it may not write, and a lock that it cannot take looks as if another had it. */
function refuseUnwritable(path: string): void {
  for (const file of [path, ...databasesIn(path)].filter(existsSync)) {
    try {
      accessSync(file, constants.W_OK);
    } catch {
      throw new UsageError(
        `${file} cannot be written: choose another --data-dir, or change its owner`,
      );
    }
  }
}

function takeLock(path: string): DatabaseSync {
  const lock = checkedLock(path);
  if (!lock) throw new UsageError(`${path} is in use by another process`);
  return lock;
}

function checkedLock(path: string): DatabaseSync | undefined {
  try {
    return lockFolder(path);
  } catch (error) {
    throw new UsageError(`${path} cannot be used: ${messageOf(error)}`);
  }
}
