import type { DatabaseSync } from 'node:sqlite';
import type { InvocationResult } from '../service.ts';
import { openDatabase } from '../shared/database.ts';

/** Lambda's defaults of an asynchronous invocation: two more attempts, after one and two minutes. */
const RETRY_DELAYS_MS = [60_000, 120_000];

interface Row {
  readonly id: number;
  readonly function: string;
  readonly payload: string;
  readonly attempt: number;
}

/**
 * Events on their way to a function. One is durable before its sender hears of it, and gone when the
 * handler answered or every attempt failed.
 */
export class AsyncQueue {
  private readonly database: DatabaseSync;
  private readonly invoke: (fn: string, payload: string) => Promise<InvocationResult>;
  private readonly giveUp: (fn: string, payload: string) => void;
  private readonly running = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    file: string,
    invoke: (fn: string, payload: string) => Promise<InvocationResult>,
    giveUp: (fn: string, payload: string) => void,
  ) {
    this.database = openDatabase(
      file,
      `CREATE TABLE IF NOT EXISTS events (
         id INTEGER PRIMARY KEY, function TEXT NOT NULL, payload TEXT NOT NULL,
         attempt INTEGER NOT NULL, due INTEGER NOT NULL, taken INTEGER NOT NULL DEFAULT 0);
       UPDATE events SET taken = 0;`,
    );
    this.invoke = invoke;
    this.giveUp = giveUp;
  }

  add(fn: string, payload: string): void {
    this.database
      .prepare('INSERT INTO events (function, payload, attempt, due) VALUES (?, ?, 0, ?)')
      .run(fn, payload, Date.now());
    this.schedule(0);
  }

  start(): void {
    this.schedule(0);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await Promise.all(this.running);
    this.database.close();
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), ms);
  }

  private run(): void {
    const due = this.database
      .prepare('SELECT id, function, payload, attempt FROM events WHERE taken = 0 AND due <= ?')
      .all(Date.now()) as unknown as Row[];
    for (const row of due) {
      this.database.prepare('UPDATE events SET taken = 1 WHERE id = ?').run(row.id);
      const work = this.attempt(row).finally(() => this.running.delete(work));
      this.running.add(work);
    }
    const next = this.database.prepare('SELECT min(due) AS due FROM events WHERE taken = 0').get();
    if (typeof next?.due === 'number') this.schedule(Math.max(0, next.due - Date.now()));
  }

  private async attempt(row: Row): Promise<void> {
    const failed = await this.invoke(row.function, row.payload).then(
      (result) => result.functionError !== undefined,
      () => true,
    );
    const delay = failed ? RETRY_DELAYS_MS[row.attempt] : undefined;
    if (delay === undefined) {
      if (failed) this.giveUp(row.function, row.payload);
      this.database.prepare('DELETE FROM events WHERE id = ?').run(row.id);
      return;
    }
    this.database
      .prepare('UPDATE events SET taken = 0, attempt = attempt + 1, due = ? WHERE id = ?')
      .run(Date.now() + delay, row.id);
    this.schedule(delay);
  }
}
