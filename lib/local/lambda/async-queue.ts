import type { DatabaseSync } from 'node:sqlite';
import { deliverUnlessGone } from '../deliveries/unless-gone.ts';
import type { Delivery, InvocationResult } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { openDatabase } from '../shared/database.ts';
import { messageOf } from '../shared/message-of.ts';
import { pause } from '../shared/pause.ts';
import { type AsyncPolicy, type FinishedEvent, outcomeDeliveries } from './async-policy.ts';

/** Lambda waits one minute before the first retry and two before the second. */
const RETRY_DELAYS_MS = [60_000, 120_000];

/** Until a throttled event, or a destination that did not take its record, is tried again. */
const BACK_OFF_MS = 1000;

/** Events of one function in work at once: enough to keep its environments busy. */
const PER_FUNCTION = 10;

/** How long a stop waits for events in work; the rest is done after the next start. */
const STOP_GRACE_MS = 3000;

interface Row {
  readonly id: number;
  readonly function: string;
  readonly payload: string;
  readonly attempt: number;
  readonly created: number;
  /** JSON of the deliveries still owed once the event itself is done with. */
  readonly outcome: string | null;
}

export interface AsyncHost {
  readonly invoke: (fn: string, payload: string) => Promise<InvocationResult>;
  readonly policy: (fn: string) => AsyncPolicy;
  readonly deliver: (delivery: Delivery) => Promise<void>;
}

/**
 * Events on their way to a function. One is durable before its sender hears of it, and gone when the
 * handler answered or every attempt failed and its destinations have the record.
 */
export class AsyncQueue {
  private readonly database: DatabaseSync;
  private readonly host: AsyncHost;
  private readonly inWork = new Map<number, Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private started = false;
  private readonly stopping = new AbortController();

  constructor(file: string, host: AsyncHost) {
    this.database = openDatabase(
      file,
      `CREATE TABLE IF NOT EXISTS events (
         id INTEGER PRIMARY KEY, function TEXT NOT NULL, payload TEXT NOT NULL,
         attempt INTEGER NOT NULL, created INTEGER NOT NULL, due INTEGER NOT NULL, outcome TEXT);
       CREATE INDEX IF NOT EXISTS events_due ON events (function, due);`,
    );
    this.host = host;
  }

  add(fn: string, payload: string): void {
    const now = Date.now();
    this.database
      .prepare(
        'INSERT INTO events (function, payload, attempt, created, due) VALUES (?, ?, 0, ?, ?)',
      )
      .run(fn, payload, now, now);
    this.schedule(0);
  }

  start(): void {
    this.started = true;
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    let late: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => {
      late = setTimeout(resolve, STOP_GRACE_MS);
    });
    await Promise.race([Promise.all(this.inWork.values()), grace]);
    clearTimeout(late);
    this.database.close();
  }

  /** Forgets what was not handled yet; what is in work is finished, but not tried again. */
  clear(): void {
    this.database.exec('DELETE FROM events');
  }

  /** Resolves when nothing is in work. */
  async settled(): Promise<void> {
    await Promise.all(this.inWork.values());
  }

  private schedule(ms: number): void {
    if (!this.started || this.stopping.signal.aborted) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.takeDue(), ms);
  }

  private takeDue(): void {
    const now = Date.now();
    const functions = this.database.prepare('SELECT DISTINCT function FROM events').all();
    for (const { function: fn } of functions as { function: string }[]) {
      const rows = this.database
        .prepare('SELECT * FROM events WHERE function = ? AND due <= ? ORDER BY due, id LIMIT ?')
        .all(fn, now, PER_FUNCTION) as unknown as Row[];
      for (const row of rows) {
        if (this.inWork.has(row.id)) continue;
        const work = this.process(row)
          // What became of it cannot be kept (a full disk): it is handled again a little later.
          .catch(async (error: unknown) => {
            console.error(`An event of ${fn} was handled, but not recorded: ${error}`);
            await pause(BACK_OFF_MS, this.stopping.signal);
          })
          .finally(() => {
            this.inWork.delete(row.id);
            this.schedule(0);
          });
        this.inWork.set(row.id, work);
      }
    }
    const next = this.database.prepare('SELECT min(due) AS due FROM events WHERE due > ?').get(now);
    if (typeof next?.due === 'number') this.schedule(next.due - now);
  }

  private async process(row: Row): Promise<void> {
    const outcome = row.outcome === null ? await this.attempt(row) : row.outcome;
    if (outcome === undefined || !this.database.isOpen) return;
    try {
      const deliveries = JSON.parse(outcome) as Delivery[];
      for (const delivery of deliveries) {
        await deliverUnlessGone(this.host.deliver, delivery, row.function);
      }
      this.change('DELETE FROM events WHERE id = ?', row.id);
    } catch (error) {
      console.error(`Destination of ${row.function}: ${error}`);
      this.change(
        'UPDATE events SET outcome = ?, due = ? WHERE id = ?',
        outcome,
        Date.now() + BACK_OFF_MS,
        row.id,
      );
    }
  }

  /** One invocation. Resolves to the deliveries owed when it was the last, else schedules the next. */
  private async attempt(row: Row): Promise<string | undefined> {
    const policy = this.host.policy(row.function);
    const result = await this.host.invoke(row.function, row.payload).catch(asResult);
    const retries = Math.min(policy.retries, RETRY_DELAYS_MS.length);
    const delay = result === 'throttled' ? BACK_OFF_MS : RETRY_DELAYS_MS[row.attempt];
    const failed = result === 'throttled' || result.functionError !== undefined;
    const due = Date.now() + (delay ?? 0);
    const expired = due - row.created > policy.maxAgeMs;
    const again = failed && !expired && (result === 'throttled' || row.attempt < retries);
    if (!again) {
      const condition = failed ? (expired ? 'EventAgeExceeded' : 'RetriesExhausted') : 'Success';
      const finished: FinishedEvent = { ...row, condition, result };
      const outcome = JSON.stringify(outcomeDeliveries(policy, finished));
      // From here on a crash must not run the handler once more.
      this.change('UPDATE events SET outcome = ? WHERE id = ?', outcome, row.id);
      return outcome;
    }
    const attempt = row.attempt + (result === 'throttled' ? 0 : 1);
    this.change('UPDATE events SET attempt = ?, due = ? WHERE id = ?', attempt, due, row.id);
    return undefined;
  }

  private change(sql: string, ...values: (string | number)[]): void {
    // After a stop the row stays as it was: the event is handled again after the next start.
    if (this.database.isOpen) this.database.prepare(sql).run(...values);
  }
}

function asResult(error: unknown): InvocationResult | 'throttled' {
  if (error instanceof AwsError && error.code === 'TooManyRequestsException') return 'throttled';
  const errorMessage = messageOf(error);
  const errorType = error instanceof Error ? error.name : 'Error';
  return { payload: JSON.stringify({ errorType, errorMessage }), functionError: 'Unhandled' };
}
