import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { brokenDatabase, databasesIn } from '../data-dir/damage.ts';
import { messageOf } from '../shared/message-of.ts';
import { UnsupportedError } from '../shared/properties.ts';
import { UsageError } from '../usage-error.ts';

/**
 * What SQLite finds wrong with the databases of a data directory, one line each. It reads all of them, at
 * some hundred megabytes a second; a host may run meanwhile.
 */
export function damagedDatabases(dataDir: string): string[] {
  const damaged = databasesIn(dataDir).flatMap((file) => {
    const wrong = wrongWith(file);
    return wrong === undefined ? [] : [`${basename(file)}: ${wrong}`];
  });
  if (damaged.length > 0) return damaged;
  const broken = brokenDatabase(dataDir);
  return broken === undefined ? [] : [broken];
}

/** Why a start ended: where it met a damaged database says nothing to a person, which one it is does. */
export function reasonOf(error: unknown, dataDir: string): unknown {
  if (error instanceof UsageError || error instanceof UnsupportedError) return error;
  const damaged = damagedDatabases(dataDir).join('; ');
  if (damaged === '') return error;
  return new UsageError(
    `${dataDir} is damaged (${damaged}): put back the data directory from a backup`,
  );
}

function wrongWith(file: string): string | undefined {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const found = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
      return found === 'ok' ? undefined : String(found).split('\n').at(-1);
    } finally {
      database.close();
    }
  } catch (error) {
    return messageOf(error);
  }
}
