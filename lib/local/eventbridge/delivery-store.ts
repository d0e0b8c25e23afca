import type { DatabaseSync } from 'node:sqlite';
import { openDatabase, transaction } from '../shared/database.ts';

/** An accepted event on its way to one target. */
export interface PendingDelivery {
  readonly id: number;
  readonly targetArn: string;
  readonly payload: string;
  /** Unique to event and target: what makes a second delivery recognisable. */
  readonly name: string;
  readonly deadLetterArn: string;
  readonly acceptedAt: number;
  readonly attempts: number;
}

export type NewDelivery = Pick<PendingDelivery, 'targetArn' | 'payload' | 'name' | 'deadLetterArn'>;

interface Row {
  readonly id: number;
  readonly target: string;
  readonly payload: string;
  readonly name: string;
  readonly dead: string;
  readonly accepted: number;
  readonly attempts: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, payload TEXT NOT NULL, name TEXT NOT NULL,
    dead TEXT NOT NULL, accepted INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS by_due ON deliveries (due);
`;

/** What was accepted and not yet taken by its target; it outlives the process. */
export class DeliveryStore {
  private readonly database: DatabaseSync;

  constructor(file: string) {
    this.database = openDatabase(file, SCHEMA);
  }

  close(): void {
    this.database.close();
  }

  add(deliveries: readonly NewDelivery[]): void {
    if (deliveries.length === 0) return;
    const now = Date.now();
    const insert = this.database.prepare(
      'INSERT INTO deliveries (target, payload, name, dead, accepted, due) VALUES (?, ?, ?, ?, ?, ?)',
    );
    transaction(this.database, () => {
      for (const { targetArn, payload, name, deadLetterArn } of deliveries) {
        insert.run(targetArn, payload, name, deadLetterArn, now, now);
      }
    });
  }

  due(limit: number): PendingDelivery[] {
    const rows = this.database
      .prepare('SELECT * FROM deliveries WHERE due <= ? ORDER BY id LIMIT ?')
      .all(Date.now(), limit) as unknown as Row[];
    return rows.map((row) => ({
      id: row.id,
      targetArn: row.target,
      payload: row.payload,
      name: row.name,
      deadLetterArn: row.dead,
      acceptedAt: row.accepted,
      attempts: row.attempts,
    }));
  }

  nextDue(): number | undefined {
    const due = this.database.prepare('SELECT min(due) AS due FROM deliveries').get()?.due;
    return typeof due === 'number' ? due : undefined;
  }

  done(id: number): void {
    this.database.prepare('DELETE FROM deliveries WHERE id = ?').run(id);
  }

  retry(id: number, delayMs: number): void {
    this.database
      .prepare('UPDATE deliveries SET attempts = attempts + 1, due = ? WHERE id = ?')
      .run(Date.now() + delayMs, id);
  }
}
