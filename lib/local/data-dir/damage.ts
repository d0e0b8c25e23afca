import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { UsageError } from '../usage-error.ts';
import { LOCK_FILE } from './lock.ts';
import { lostCommits } from './write-ahead-log.ts';

/** A write-ahead log whose end cannot be read. */
export interface Damage {
  /** The log, as it was found; a copy of it lies beside it under `kept`. */
  readonly log: string;
  readonly kept: string;
  /** Commits that are lost, as far as can be told. */
  readonly commits: number;
}

/** What every database file begins with (https://www.sqlite.org/fileformat2.html#the_database_header). */
const MAGIC = 'SQLite format 3\0';

/** A first start makes the databases in turn, none before it has begun the one before. */
const FIRST_MADE = 'dynamodb.db';
const LAST_MADE = 'event-sources.db';

/**
 * The databases of a data directory, its lock apart: POSIX takes all locks on a file from a process that
 * closes any descriptor of it.
 */
export function databasesIn(dataDir: string): string[] {
  return ['.', 's3']
    .map((folder) => join(dataDir, folder))
    .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((file) => file.endsWith('.db') && basename(file) !== LOCK_FILE);
}

/** Throws `UsageError` for a database that was overwritten, emptied or taken away. */
export function refuseBroken(dataDir: string): void {
  const broken = brokenDatabase(dataDir);
  if (broken) throw new UsageError(`${broken}: put back the data directory from a backup`);
}

/** The first database that SQLite would take for a new one, or not take at all, in words. */
export function brokenDatabase(dataDir: string): string | undefined {
  const files = databasesIn(dataDir);
  const overwritten = files.find((file) => !['', MAGIC].includes(headOf(file)));
  if (overwritten) return `${overwritten} is damaged, it is no database any more`;
  const [first, last] = [join(dataDir, FIRST_MADE), join(dataDir, LAST_MADE)];
  // Before, a host may have been killed while it made them.
  if (!files.includes(last) || headOf(last) === '') return undefined;
  const emptied = files.find((file) => headOf(file) === '');
  if (emptied) return `${emptied} is empty, and all that it held is lost`;
  return files.includes(first) ? undefined : `${first} is gone, and all that it held`;
}

/**
 * Logs that SQLite would take without their damaged end, and without a word. Each is copied first: the
 * next write makes it a new one.
 */
export function keepDamagedLogs(dataDir: string): Damage[] {
  return databasesIn(dataDir).flatMap((file) => {
    const log = `${file}-wal`;
    if (!existsSync(log) || lostCommits(log) === 0) return [];
    // The engine of a killed host lives on for a moment and may have begun the log anew meanwhile.
    const commits = lostCommits(log);
    if (commits === 0) return [];
    const kept = `${log}.damaged`;
    copyFileSync(log, kept);
    return [{ log, kept, commits }];
  });
}

function headOf(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const head = Buffer.alloc(MAGIC.length);
    return head.subarray(0, readSync(descriptor, head)).toString('latin1');
  } finally {
    closeSync(descriptor);
  }
}
