import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { addColumns, openDatabase, transaction } from '../shared/database.ts';
import { GroupCommit } from '../shared/group-commit.ts';
import type { MessageAttributes } from '../shared/message-attribute.ts';
import { selectFairly } from './message-groups.ts';
import { GIVE_BACK, LATER_COLUMNS, LATER_INDEX, prepare, type Row, SCHEMA } from './message-sql.ts';
import type { Queue } from './queue.ts';

/** Times in epoch milliseconds. */
export interface Message {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly receiveCount: number;
  readonly sentAt: number;
  readonly firstReceivedAt: number;
  /** The queue that gave it up, when this is a dead letter. */
  readonly sourceArn?: string;
  /** Whose message it is: queues are fair to groups. */
  readonly group?: string;
}

export interface NewMessage {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly delayMs: number;
  readonly group?: string | undefined;
}

interface TakeOptions {
  readonly max: number;
  readonly visibilityMs: number;
  /** Taken by this process itself: what came of it is told by `delete` or `failed`, unless the process dies. */
  readonly local: boolean;
}

interface Taken {
  readonly taken: Message[];
  /** How many went to the dead-letter queue. */
  readonly buried: number;
}

const HOUR_MS = 3600_000;

/** The messages of all queues in SQLite. */
export class MessageStore {
  private readonly database: DatabaseSync;
  private readonly commits: GroupCommit;
  private readonly sql: ReturnType<typeof prepare>;
  /** The group of each queue whose turn was last. */
  private readonly lastGroup = new Map<string, string>();

  /**
   * What this process had taken and not settled when it died was not tried: it is handed out again at once. What
   * expired while the host was off, which AWS's queues never are, has an hour more.
   */
  constructor(file: string) {
    this.database = openDatabase(file, SCHEMA);
    addColumns(this.database, 'messages', LATER_COLUMNS);
    this.database.exec(LATER_INDEX);
    this.database.exec(GIVE_BACK);
    const now = Date.now();
    const extend = this.database.prepare('UPDATE messages SET expires = ? WHERE expires <= ?');
    extend.run(now + HOUR_MS, now);
    this.commits = new GroupCommit(this.database);
    this.sql = prepare(this.database);
  }

  /** Resolves with their ids once they are durable. */
  add(queue: Queue, messages: readonly NewMessage[], now: number): Promise<string[]> {
    const expires = now + queue.MessageRetentionPeriod * 1000;
    return this.commits.run(() =>
      messages.map(({ body, attributes, delayMs, group = '' }) => {
        const id = randomUUID();
        const text = JSON.stringify(attributes);
        this.sql.insert.run(queue.name, id, body, text, now, now + delayMs, expires, group);
        return id;
      }),
    );
  }

  /** Takes visible messages; those received too often go to the dead-letter queue instead. */
  take(queue: Queue, deadLetters: Queue | undefined, options: TakeOptions, now: number): Taken {
    if (this.nextVisible(queue.name) > now) return { taken: [], buried: 0 };
    const maxReceives = queue.RedrivePolicy?.maxReceiveCount ?? Number.POSITIVE_INFINITY;
    return transaction(this.database, () => {
      this.sql.deleteExpired.run(queue.name, now, now);
      const taken: Message[] = [];
      let buried = 0;
      while (taken.length < options.max) {
        const limit = options.max - taken.length;
        const last = this.lastGroup.get(queue.name) ?? '';
        const rows = selectFairly(this.sql, queue.name, { max: limit, now, last });
        this.lastGroup.set(queue.name, rows.at(-1)?.messageGroup ?? last);
        for (const row of rows) {
          if (deadLetters && row.receives >= maxReceives) {
            this.bury(row, queue, deadLetters, now);
            buried += 1;
          } else taken.push(this.hide(row, options, now));
        }
        if (rows.length < limit) break;
      }
      return { taken, buried };
    });
  }

  private hide(row: Row, options: TakeOptions, now: number): Message {
    const receipt = randomUUID();
    // A timeout of zero still ends after this call, or one take could return a message twice.
    const visible = now + Math.max(options.visibilityMs, 1);
    this.sql.hideOne.run(visible, receipt, options.local ? 1 : 0, now, row.id);
    return {
      messageId: row.messageId,
      receiptHandle: Buffer.from(`${row.id}.${receipt}`).toString('base64url'),
      body: row.body,
      attributes: JSON.parse(row.attributes) as MessageAttributes,
      receiveCount: row.receives + 1,
      sentAt: row.sent,
      firstReceivedAt: row.first ?? now,
      ...(row.source !== null && { sourceArn: row.source }),
      ...(row.messageGroup !== '' && { group: row.messageGroup }),
    };
  }

  /** A dead letter keeps its id and the time it was sent: retention counts from then. */
  private bury(row: Row, queue: Queue, deadLetters: Queue, now: number): void {
    const expires = row.sent + deadLetters.MessageRetentionPeriod * 1000;
    this.database
      .prepare(
        `UPDATE messages SET queue = ?, source = ?, visible = ?, expires = ?, receives = 0,
           first_received = NULL, receipt = NULL, local = 0, cut_off = 0 WHERE id = ?`,
      )
      .run(deadLetters.name, queue.arn, now, expires, row.id);
  }

  /** Epoch milliseconds at which a message of the queue may be taken; infinite when it is empty. */
  nextVisible(queue: string): number {
    const row = this.sql.next.get(queue);
    return typeof row?.next === 'number' ? row.next : Number.POSITIVE_INFINITY;
  }

  /** Deletes what the handles' receives took; a handle of an earlier receive deletes nothing. */
  async delete(queue: string, handles: readonly Handle[]): Promise<void> {
    if (handles.length === 0) return;
    await this.commits.run(() => {
      for (const { id, receipt } of handles) this.sql.remove.run(id, queue, receipt);
    });
  }

  /** The receives count from now on, whatever becomes of this process; the messages stay hidden as they were. */
  fail(queue: string, handles: readonly Handle[]): void {
    if (handles.length === 0) return;
    const statement = this.database.prepare(
      'UPDATE messages SET local = 0 WHERE id = ? AND queue = ? AND receipt = ?',
    );
    transaction(this.database, () => {
      for (const { id, receipt } of handles) statement.run(id, queue, receipt);
    });
  }

  /** False when the message is gone, or not in flight under this handle. */
  setVisible(queue: string, { id, receipt }: Handle, visible: number, now: number): boolean {
    const { changes } = this.database
      .prepare(
        'UPDATE messages SET visible = ? WHERE id = ? AND queue = ? AND receipt = ? AND visible > ?',
      )
      .run(visible, id, queue, receipt, now);
    return changes > 0;
  }

  /** Messages that wait, are in flight, and are delayed before their first delivery. */
  counts(queue: string, now: number): { visible: number; inFlight: number; delayed: number } {
    const row = this.database
      .prepare(
        `SELECT count(*) FILTER (WHERE visible <= ?1) AS visible,
                count(*) FILTER (WHERE visible > ?1 AND receives > 0) AS inFlight,
                count(*) FILTER (WHERE visible > ?1 AND receives = 0) AS delayed
         FROM messages WHERE queue = ?2 AND expires > ?1`,
      )
      .get(now, queue) as Record<string, number>;
    return { visible: row.visible ?? 0, inFlight: row.inFlight ?? 0, delayed: row.delayed ?? 0 };
  }

  /** Empties one queue, or all. */
  purge(queue?: string): void {
    if (queue === undefined) this.database.exec('DELETE FROM messages');
    else this.database.prepare('DELETE FROM messages WHERE queue = ?').run(queue);
  }

  removeExpired(now: number): void {
    this.database.prepare('DELETE FROM messages WHERE expires <= ?').run(now);
  }

  /** Queues made by `CreateQueue`; those of the template are declared again at every start. */
  saveQueue(name: string, settings: string): void {
    this.database
      .prepare('INSERT OR REPLACE INTO queues (name, settings) VALUES (?, ?)')
      .run(name, settings);
  }

  savedQueues(): { name: string; settings: string }[] {
    const rows = this.database.prepare('SELECT name, settings FROM queues ORDER BY rowid').all();
    return rows.map(({ name, settings }) => ({ name: String(name), settings: String(settings) }));
  }

  close(): void {
    this.commits.flush();
    this.database.close();
  }
}

interface Handle {
  readonly id: number;
  readonly receipt: string;
}

/** Undefined when the text is no receipt handle of this service. */
export function parseHandle(text: string): Handle | undefined {
  const [id = '', receipt = ''] = Buffer.from(text, 'base64url').toString('utf8').split('.', 2);
  return /^\d+$/.test(id) && receipt.length === 36 ? { id: Number(id), receipt } : undefined;
}
