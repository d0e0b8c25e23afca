import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { UsageError } from '../usage-error.ts';
import { replaceFile } from './replace-file.ts';

/** A migration that has begun and not ended. */
const mark = z.object({ from: z.number().int(), backup: z.string() });

type Mark = z.infer<typeof mark>;

/** Names that belong to the directory itself and to none of its services. */
export const VERSION_FILE = 'version';
export const MARK_FILE = 'migrating.json';

/**
 * Layout of a data directory, undefined where there are no data. Data without a version are of the first
 * layout; a version that is no number is newer than every one that this release knows.
 */
export function readLayout(dataDir: string): number | undefined {
  const file = join(dataDir, VERSION_FILE);
  if (!existsSync(file)) return existsSync(join(dataDir, 'dynamodb.db')) ? 1 : undefined;
  const text = readFileSync(file, 'utf8').trim();
  return /^[1-9]\d*$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}

export function writeLayout(dataDir: string, layout: number): void {
  replaceFile(join(dataDir, VERSION_FILE), String(layout));
}

export function readMark(dataDir: string): Mark | undefined {
  const file = join(dataDir, MARK_FILE);
  if (!existsSync(file)) return undefined;
  try {
    return mark.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new UsageError(
      `${file} is damaged, a migration had begun: put back the newest of ${join(dataDir, 'backups')}`,
    );
  }
}

export function writeMark(dataDir: string, begun: Mark): void {
  replaceFile(join(dataDir, MARK_FILE), JSON.stringify(begun));
}

export function clearMark(dataDir: string): void {
  rmSync(join(dataDir, MARK_FILE), { force: true });
}
