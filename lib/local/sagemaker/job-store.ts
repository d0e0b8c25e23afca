import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDatabase } from '../shared/database.ts';
import type { TrainingJob } from './training-job.ts';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS training_jobs (
  name TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  status TEXT NOT NULL,
  announced INTEGER NOT NULL,
  job TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS training_jobs_by_time ON training_jobs (created);
CREATE TABLE IF NOT EXISTS own_addresses (address TEXT PRIMARY KEY) WITHOUT ROWID;
`;

interface JobQuery {
  readonly status?: string | undefined;
  readonly nameContains?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** Training jobs in SQLite: a job is there as soon as CreateTrainingJob has answered. */
export class JobStore {
  private readonly database: DatabaseSync;
  private readonly saveJob: StatementSync;
  private readonly setAnnounced: StatementSync;

  constructor(file: string) {
    this.database = openDatabase(file, SCHEMA);
    this.saveJob = this.database.prepare(
      `INSERT OR REPLACE INTO training_jobs (name, created, status, announced, job)
       VALUES (?, ?, ?, 0, ?)`,
    );
    this.setAnnounced = this.database.prepare(
      'UPDATE training_jobs SET announced = 1 WHERE name = ? AND job = ?',
    );
  }

  save(job: TrainingJob): void {
    this.saveJob.run(job.name, job.created, job.status, JSON.stringify(job));
  }

  /** The present status has been announced. */
  markAnnounced(job: TrainingJob): void {
    this.setAnnounced.run(job.name, JSON.stringify(job));
  }

  find(name: string): TrainingJob | undefined {
    return this.select('WHERE name = ?', name)[0];
  }

  unfinished(): TrainingJob[] {
    return this.select("WHERE status IN ('InProgress', 'Stopping') ORDER BY created");
  }

  unannounced(): TrainingJob[] {
    return this.select('WHERE announced = 0 ORDER BY created');
  }

  /** Newest first. */
  list({ status, nameContains, limit, offset }: JobQuery): TrainingJob[] {
    return this.select(
      `WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR instr(name, ?2) > 0)
       ORDER BY created DESC, name LIMIT ?3 OFFSET ?4`,
      status ?? null,
      nameContains ?? null,
      limit,
      offset,
    );
  }

  /** Remembers the host's address; all that it ever had, this one among them. */
  rememberAddress(address: string): string[] {
    this.database.prepare('INSERT OR IGNORE INTO own_addresses VALUES (?)').run(address);
    const rows = this.database.prepare('SELECT address FROM own_addresses').all();
    return rows.map((row) => String(row.address));
  }

  clear(): void {
    this.database.exec('DELETE FROM training_jobs');
  }

  close(): void {
    this.database.close();
  }

  private select(where: string, ...values: (string | number | null)[]): TrainingJob[] {
    const rows = this.database.prepare(`SELECT job FROM training_jobs ${where}`).all(...values);
    return rows.map(({ job }) => JSON.parse(String(job)) as TrainingJob);
  }
}
