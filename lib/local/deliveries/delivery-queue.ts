import type { DatabaseSync } from 'node:sqlite';
import type { Deliver } from '../service.ts';
import { addColumns } from '../shared/database.ts';
import { GroupCommit } from '../shared/group-commit.ts';
import { pause } from '../shared/pause.ts';
import { LettersInTurn, type Row } from './letters-in-turn.ts';
import { isGone } from './unless-gone.ts';

/** Something accepted that must reach a target. */
export interface Letter {
  readonly targetArn: string;
  readonly payload: string;
  /** Unique to the event and the target: a second delivery of it starts no second execution. */
  readonly executionName: string;
  /** What the dead-letter queue gets; default: the payload. */
  readonly original?: string;
  /** Message group for a queue. */
  readonly group?: string;
  /** ARN of the rule or schedule it comes from. */
  readonly origin: string;
  readonly deadLetterArn?: string;
  readonly maxRetries: number;
  readonly maxAgeSeconds: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, payload TEXT NOT NULL,
    name TEXT NOT NULL, original TEXT, origin TEXT NOT NULL, dead TEXT, retries INTEGER NOT NULL,
    expires INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL,
    message_group TEXT);
  CREATE INDEX IF NOT EXISTS by_due ON deliveries (due, id);`;

const prepare = (database: DatabaseSync) => ({
  insert: database.prepare(
    `INSERT INTO deliveries (target, payload, name, original, origin, dead, retries, expires, due, message_group)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  delete: database.prepare('DELETE FROM deliveries WHERE id = ?'),
  postpone: database.prepare('UPDATE deliveries SET attempts = ?, due = ? WHERE id = ?'),
  selectNext: database.prepare('SELECT id, due FROM deliveries ORDER BY due, id LIMIT ?'),
});

interface InFlight {
  readonly lane: string;
  readonly done: Promise<void>;
}

const MAX_IN_FLIGHT = 64;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 60_000;

/** So much longer than a letter, a dead letter is tried: the most that a retry policy allows. */
const DEAD_LETTER_MS = 24 * 3600 * 1000;

/** Until a delivery whose outcome could not be written down is made again. */
const HOLD_BACK_MS = 1000;

/**
 * Takes letters to their targets, each until its target accepted it, retried with growing pauses, and
 * then to its dead-letter queue. Letters are durable from `add` on.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
 */
export class DeliveryQueue {
  private readonly database: DatabaseSync;
  private readonly deliver: Deliver;
  private readonly originAttribute: string;
  private readonly commits: GroupCommit;
  private readonly sql: ReturnType<typeof prepare>;
  private readonly letters: LettersInTurn;
  private readonly inFlight = new Map<number, InFlight>();
  private timer: NodeJS.Timeout | undefined;
  private started = false;
  private readonly stopping = new AbortController();

  /** `originAttribute`: the message attribute of dead letters that names their origin. */
  constructor(database: DatabaseSync, deliver: Deliver, originAttribute: string) {
    database.exec(SCHEMA);
    addColumns(database, 'deliveries', { message_group: 'TEXT' });
    this.database = database;
    this.deliver = deliver;
    this.originAttribute = originAttribute;
    this.commits = new GroupCommit(database);
    this.sql = prepare(database);
    this.letters = new LettersInTurn(database);
  }

  /** Takes letters to be delivered; resolves when they are durable, those of other callers with them. */
  async accept(letters: readonly Letter[]): Promise<void> {
    if (letters.length === 0) return;
    await this.commits.run(() => this.add(letters));
    this.wake();
  }

  /** Part of the caller's transaction; `wake` it after the commit. */
  add(letters: readonly Letter[]): void {
    const now = Date.now();
    for (const letter of letters) {
      const { targetArn, payload, executionName, original, origin, deadLetterArn, group } = letter;
      const expires = now + letter.maxAgeSeconds * 1000;
      const dead = deadLetterArn ?? null;
      const { maxRetries: retries } = letter;
      this.sql.insert.run(
        targetArn,
        payload,
        executionName,
        original ?? null,
        origin,
        dead,
        retries,
        expires,
        now,
        group ?? null,
      );
    }
  }

  start(): void {
    this.started = true;
    this.wake();
  }

  wake(): void {
    this.schedule(0);
  }

  /** Waits for deliveries on their way; the rest stays for the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await Promise.all([...this.inFlight.values()].map(({ done }) => done));
    this.commits.flush();
  }

  /** Forgets everything that was not delivered. */
  clear(): void {
    this.database.exec('DELETE FROM deliveries');
  }

  private schedule(ms: number): void {
    if (!this.started || this.stopping.signal.aborted) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), ms);
  }

  private pump(): void {
    const now = Date.now();
    const free = MAX_IN_FLIGHT - this.inFlight.size;
    for (const row of free > 0 ? this.letters.select(free, now, this.inFlight) : []) {
      const done = this.attempt(row)
        // What became of it cannot be kept (a full disk): it is delivered again a little later.
        .catch(async (error: unknown) => {
          console.error('A delivery was not recorded:', error);
          await pause(HOLD_BACK_MS, this.stopping.signal);
        })
        .finally(() => {
          this.inFlight.delete(row.id);
          this.schedule(0);
        });
      this.inFlight.set(row.id, { lane: row.lane, done });
    }
    if (this.inFlight.size >= MAX_IN_FLIGHT) return;
    const next = this.nextDue();
    if (next !== undefined) this.schedule(Math.max(next - now, 1));
  }

  private nextDue(): number | undefined {
    const rows = this.sql.selectNext.all(this.inFlight.size + 1);
    const next = rows.find(({ id }) => !this.inFlight.has(Number(id)));
    return next === undefined ? undefined : Number(next.due);
  }

  private async attempt(row: Row): Promise<void> {
    const attempts = row.attempts + 1;
    try {
      const payload = row.payload.replaceAll('<aws.scheduler.attempt-number>', String(attempts));
      const group = row.message_group === null ? {} : { group: row.message_group };
      await this.deliver({ arn: row.target, payload, executionName: row.name, ...group });
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      // The execution was started by an earlier attempt whose answer was lost.
      if (name === 'ExecutionAlreadyExists') return this.remove(row.id);
      const condition = exhausted(row, attempts, name);
      if (condition === undefined) return this.postpone(row.id, attempts);
      return this.bury(row, { name, message, condition, attempts });
    }
    await this.remove(row.id);
  }

  private async bury(
    row: Row,
    failure: { name: string; message: string; condition: string; attempts: number },
  ): Promise<void> {
    console.error(`No delivery from ${row.origin} to ${row.target}: ${failure.message}`);
    if (row.dead !== null) {
      const attributes = {
        [this.originAttribute]: row.origin,
        TARGET_ARN: row.target,
        ERROR_CODE: failure.name,
        ERROR_MESSAGE: failure.message || failure.name,
        EXHAUSTED_RETRY_CONDITION: failure.condition,
        RETRY_ATTEMPTS: String(failure.attempts - 1),
      };
      try {
        await this.deliver({ arn: row.dead, payload: row.original ?? row.payload, attributes });
      } catch (error) {
        const name = error instanceof Error ? error.name : '';
        const ends = isGone(name) || Date.now() >= row.expires + DEAD_LETTER_MS;
        const then = ends ? `it is given up: ${row.payload}` : 'once more';
        console.error(`No dead letter to ${row.dead}: ${String(error)}; ${then}`);
        if (!ends) return this.postpone(row.id, failure.attempts);
      }
    }
    await this.remove(row.id);
  }

  private async remove(id: number): Promise<void> {
    await this.commits.run(() => this.sql.delete.run(id));
  }

  private async postpone(id: number, attempts: number): Promise<void> {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
    const due = Date.now() + Math.round(pause * (0.8 + 0.4 * Math.random()));
    await this.commits.run(() => this.sql.postpone.run(attempts, due, id));
  }
}

/** Why a letter is given up, if it is. */
function exhausted(row: Row, attempts: number, errorName: string): string | undefined {
  if (isGone(errorName)) return 'UnretryableError';
  if (attempts > row.retries) return 'MaximumRetryAttempts';
  return Date.now() >= row.expires ? 'MaximumEventAgeInSeconds' : undefined;
}
