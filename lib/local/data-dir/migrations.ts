import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * A change of the data directory that the release before cannot read. What it can read, such as a new
 * table or index, needs none. It may run twice, after a crash, and must then change nothing more.
 */
export interface Migration {
  /** Layout that it leaves. */
  readonly to: number;
  readonly run: (dataDir: string) => void;
}

/** In the order of their layouts. */
export const MIGRATIONS: readonly Migration[] = [
  // Schedules of different groups may have one name: `<name>` became `<group>/<name>`.
  {
    to: 2,
    run: (dataDir) =>
      change(
        join(dataDir, 'scheduler.db'),
        "UPDATE schedules SET name = 'default/' || name WHERE instr(name, '/') = 0",
      ),
  },
];

/** Version of the data directory's layout that this release reads and writes. */
export const LAYOUT_VERSION = MIGRATIONS.at(-1)?.to ?? 1;

function change(file: string, sql: string): void {
  if (!existsSync(file)) return;
  const database = new DatabaseSync(file);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}
