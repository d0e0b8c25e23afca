import type { DatabaseSync } from 'node:sqlite';
import { openDatabase, transaction } from '../shared/database.ts';

export interface QueueSettings {
  readonly name: string;
  readonly arn: string;
  readonly visibilityMs: number;
  readonly retentionMs: number;
  readonly delayMs: number;
  readonly deadLetterArn?: string;
  readonly maxReceives?: number;
}

export interface Message {
  readonly id: string;
  readonly body: string;
  /** Message attributes as JSON text, or empty. */
  readonly attributes: string;
  readonly sentAt: number;
  readonly receives: number;
  readonly firstReceivedAt: number;
  /** Names one receipt: a later one makes it void. */
  readonly receipt: string;
}

interface Row {
  readonly seq: number;
  readonly id: string;
  readonly body: string;
  readonly attributes: string;
  readonly sent: number;
  readonly receives: number;
  readonly first_received: number | null;
}

interface Taken {
  readonly taken: Message[];
  /** How many went to the dead-letter queue. */
  readonly buried: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    attributes TEXT NOT NULL, sent INTEGER NOT NULL, visible INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0, first_received INTEGER);
  CREATE INDEX IF NOT EXISTS by_visibility ON messages (queue, visible, seq);
`;

/** Messages of all queues. A message is on disk before its sender hears of it. */
export class MessageStore {
  private readonly database: DatabaseSync;

  constructor(file: string) {
    this.database = openDatabase(file, SCHEMA);
  }

  close(): void {
    this.database.close();
  }

  send(
    queue: QueueSettings,
    message: { id: string; body: string; attributes: string; delayMs: number },
  ): void {
    const now = Date.now();
    this.database
      .prepare(
        'INSERT INTO messages (queue, id, body, attributes, sent, visible) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(queue.name, message.id, message.body, message.attributes, now, now + message.delayMs);
  }

  /** Takes up to `max` visible messages; those received too often go to the dead letters instead. */
  receive(queue: QueueSettings, max: number, visibilityMs: number): Message[] {
    const now = Date.now();
    return transaction(this.database, () => {
      this.database
        .prepare('DELETE FROM messages WHERE queue = ? AND sent < ?')
        .run(queue.name, now - queue.retentionMs);
      const rows = this.database
        .prepare('SELECT * FROM messages WHERE queue = ? AND visible <= ? ORDER BY seq LIMIT ?')
        .all(queue.name, now, max) as unknown as Row[];
      return rows.flatMap((row) => {
        if (
          queue.deadLetterArn &&
          row.receives >= (queue.maxReceives ?? Number.POSITIVE_INFINITY)
        ) {
          this.moveToDeadLetters(row.seq, queue.deadLetterArn);
          return [];
        }
        const first = row.first_received ?? now;
        this.database
          .prepare(
            'UPDATE messages SET visible = ?, receives = receives + 1, first_received = ? WHERE seq = ?',
          )
          .run(now + visibilityMs, first, row.seq);
        const receives = row.receives + 1;
        const { id, body, attributes, sent: sentAt } = row;
        const receipt = `${row.seq}.${receives}`;
        return [{ id, body, attributes, sentAt, receives, firstReceivedAt: first, receipt }];
      });
    });
  }

  private moveToDeadLetters(seq: number, deadLetterArn: string): void {
    const name = deadLetterArn.split(':').at(-1) ?? '';
    this.database
      .prepare(
        'UPDATE messages SET queue = ?, visible = ?, receives = 0, first_received = NULL WHERE seq = ?',
      )
      .run(name, Date.now(), seq);
  }

  delete(queue: QueueSettings, receipt: string): void {
    const [seq, receives] = parseReceipt(receipt);
    this.database
      .prepare('DELETE FROM messages WHERE seq = ? AND queue = ? AND receives = ?')
      .run(seq, queue.name, receives);
  }

  setVisibility(queue: QueueSettings, receipt: string, visibilityMs: number): boolean {
    const [seq, receives] = parseReceipt(receipt);
    const { changes } = this.database
      .prepare('UPDATE messages SET visible = ? WHERE seq = ? AND queue = ? AND receives = ?')
      .run(Date.now() + visibilityMs, seq, queue.name, receives);
    return changes > 0;
  }

  /** Makes everything visible again that a consumer of this process held when it died. */
  releaseAll(queue: QueueSettings): void {
    this.database
      .prepare('UPDATE messages SET visible = sent WHERE queue = ? AND receives > 0')
      .run(queue.name);
  }

  purge(queue: QueueSettings): void {
    this.database.prepare('DELETE FROM messages WHERE queue = ?').run(queue.name);
  }

  counts(queue: QueueSettings): { visible: number; hidden: number; delayed: number } {
    const row = this.database
      .prepare(
        `SELECT count(*) FILTER (WHERE visible <= ?1) AS visible,
           count(*) FILTER (WHERE visible > ?1 AND receives > 0) AS hidden,
           count(*) FILTER (WHERE visible > ?1 AND receives = 0) AS delayed
         FROM messages WHERE queue = ?2`,
      )
      .get(Date.now(), queue.name);
    return {
      visible: Number(row?.visible),
      hidden: Number(row?.hidden),
      delayed: Number(row?.delayed),
    };
  }

  /** When the next hidden message shows itself (epoch milliseconds). */
  nextVisible(queue: QueueSettings): number | undefined {
    const row = this.database
      .prepare('SELECT min(visible) AS at FROM messages WHERE queue = ?')
      .get(queue.name);
    return typeof row?.at === 'number' ? row.at : undefined;
  }
}

function parseReceipt(receipt: string): [number, number] {
  const [seq, receives] = receipt.split('.').map(Number);
  return [seq ?? -1, receives ?? -1];
}
