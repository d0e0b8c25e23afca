import type { DatabaseSync } from 'node:sqlite';
import type { ScheduleDefinition, ScheduleId } from './schedule.ts';

/** A schedule with its state. Times in epoch milliseconds. */
export interface StoredSchedule {
  readonly definition: ScheduleDefinition;
  readonly created: number;
  readonly modified: number;
  /** The next run; undefined when there is none. */
  readonly next: number | undefined;
  /** The client's token of the creation: the same call again is no conflict. */
  readonly token: string;
  /** How the template declares it; empty for one made by call. */
  readonly declared: string;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS schedules (
    name TEXT PRIMARY KEY, definition TEXT NOT NULL, created INTEGER NOT NULL,
    modified INTEGER NOT NULL, next INTEGER, token TEXT NOT NULL, declared TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS by_next ON schedules (next);`;

/** Groups and names have no slash: in this order, lists are ordered by group, then by name. */
const keyOf = ({ GroupName, Name }: ScheduleId) => `${GroupName}/${Name}`;

/** The schedules in SQLite. */
export class ScheduleStore {
  private readonly database: DatabaseSync;

  constructor(database: DatabaseSync) {
    database.exec(SCHEMA);
    this.database = database;
  }

  get(id: ScheduleId): StoredSchedule | undefined {
    const row = this.database.prepare('SELECT * FROM schedules WHERE name = ?').get(keyOf(id));
    return row && toSchedule(row);
  }

  put(schedule: StoredSchedule): void {
    const { definition, created, modified, next, token, declared } = schedule;
    const text = JSON.stringify(definition);
    this.database
      .prepare('INSERT OR REPLACE INTO schedules VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(keyOf(definition), text, created, modified, next ?? null, token, declared);
  }

  setNext(id: ScheduleId, next: number | undefined): void {
    this.database
      .prepare('UPDATE schedules SET next = ? WHERE name = ?')
      .run(next ?? null, keyOf(id));
  }

  delete(id: ScheduleId): void {
    this.database.prepare('DELETE FROM schedules WHERE name = ?').run(keyOf(id));
  }

  /** In the order of groups and names, after `<group>/<name>`. */
  list(after = ''): StoredSchedule[] {
    return this.database
      .prepare('SELECT * FROM schedules WHERE name > ? ORDER BY name')
      .all(after)
      .map(toSchedule);
  }

  due(now: number): StoredSchedule[] {
    return this.database
      .prepare('SELECT * FROM schedules WHERE next <= ? ORDER BY next')
      .all(now)
      .map(toSchedule);
  }

  firstDue(): number | undefined {
    const next = this.database.prepare('SELECT min(next) AS next FROM schedules').get()?.next;
    return typeof next === 'number' ? next : undefined;
  }
}

const toSchedule = (row: Readonly<Record<string, unknown>>): StoredSchedule => ({
  definition: JSON.parse(String(row.definition)) as ScheduleDefinition,
  created: Number(row.created),
  modified: Number(row.modified),
  next: row.next === null ? undefined : Number(row.next),
  token: String(row.token),
  declared: String(row.declared),
});
