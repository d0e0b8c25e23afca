import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { databasesIn } from '../data-dir/damage.ts';
import { messageOf } from '../shared/message-of.ts';

/**
 * What SQLite finds wrong with the databases of a data directory, one line each. It reads all of them, at
 * some hundred megabytes a second; a host may run meanwhile.
 */
export function damagedDatabases(dataDir: string): string[] {
  return databasesIn(dataDir).flatMap((file) => {
    const wrong = wrongWith(file);
    return wrong === undefined ? [] : [`${basename(file)}: ${wrong}`];
  });
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
