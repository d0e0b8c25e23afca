import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../shared/database.ts';
import type { Alarm } from './requests.ts';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS alarms (
  name TEXT PRIMARY KEY,
  alarm TEXT NOT NULL
) WITHOUT ROWID;
`;

/** Alarms by their names, in memory and in `cloudwatch.db`. */
export class AlarmStore {
  readonly alarms = new Map<string, Alarm>();
  private readonly database: DatabaseSync;

  constructor(dataDir: string) {
    this.database = openDatabase(join(dataDir, 'cloudwatch.db'), SCHEMA);
    for (const { alarm } of this.database.prepare('SELECT alarm FROM alarms').all()) {
      const stored = JSON.parse(String(alarm)) as Alarm;
      this.alarms.set(stored.AlarmName, stored);
    }
  }

  put(alarm: Alarm): void {
    this.database
      .prepare('INSERT OR REPLACE INTO alarms (name, alarm) VALUES (?, ?)')
      .run(alarm.AlarmName, JSON.stringify(alarm));
    this.alarms.set(alarm.AlarmName, alarm);
  }

  delete(name: string): void {
    this.database.prepare('DELETE FROM alarms WHERE name = ?').run(name);
    this.alarms.delete(name);
  }

  clear(): void {
    this.database.exec('DELETE FROM alarms');
    this.alarms.clear();
  }

  close(): void {
    this.database.close();
  }
}
