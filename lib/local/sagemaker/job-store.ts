import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../shared/database.ts';

export type JobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';

export interface Job {
  readonly name: string;
  /** Who created it: the key of a state machine's task, or empty. */
  readonly owner: string;
  /** The request as it came. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly status: JobStatus;
  readonly failureReason?: string;
  readonly modelUri?: string;
  /** Epoch milliseconds. */
  readonly created: number;
  readonly ended?: number;
}

/** Training jobs; one that was in progress when the process died is run again at the next start. */
export class JobStore {
  private readonly database: DatabaseSync;

  constructor(file: string) {
    this.database = openDatabase(
      file,
      'CREATE TABLE IF NOT EXISTS jobs (name TEXT PRIMARY KEY, status TEXT NOT NULL, job TEXT NOT NULL)',
    );
  }

  get(name: string): Job | undefined {
    const row = this.database.prepare('SELECT job FROM jobs WHERE name = ?').get(name);
    return row && (JSON.parse(String(row.job)) as Job);
  }

  put(job: Job): void {
    this.database
      .prepare('INSERT OR REPLACE INTO jobs VALUES (?, ?, ?)')
      .run(job.name, job.status, JSON.stringify(job));
  }

  list(status?: JobStatus): Job[] {
    const rows = this.database
      .prepare('SELECT job FROM jobs WHERE ?1 IS NULL OR status = ?1 ORDER BY rowid')
      .all(status ?? null);
    return rows.map((row) => JSON.parse(String(row.job)) as Job);
  }

  close(): void {
    this.database.close();
  }
}
