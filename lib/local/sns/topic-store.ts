import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../shared/database.ts';
import type { TopicMessage } from './message.ts';

export const PROTOCOLS = ['http', 'https', 'sqs', 'email'] as const;

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly endpoint: string;
  /** JSON; absent: every message. */
  readonly filterPolicy?: string;
}

/** How many of the newest messages can still be read. */
const KEPT = 1000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS subscriptions (
    arn TEXT PRIMARY KEY, topic TEXT NOT NULL, protocol TEXT NOT NULL, endpoint TEXT NOT NULL,
    filter TEXT, UNIQUE (topic, protocol, endpoint));
  CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT NOT NULL);`;

/** Topics made by call, subscriptions, and the newest messages. */
export class TopicStore {
  private readonly database: DatabaseSync;

  constructor(database: DatabaseSync) {
    database.exec(SCHEMA);
    this.database = database;
  }

  topics(): string[] {
    return this.database
      .prepare('SELECT name FROM topics')
      .all()
      .map(({ name }) => String(name));
  }

  addTopic(name: string): void {
    this.database.prepare('INSERT OR IGNORE INTO topics VALUES (?)').run(name);
  }

  subscriptions(topicArn: string): Subscription[] {
    const rows = this.database
      .prepare('SELECT * FROM subscriptions WHERE topic = ? ORDER BY rowid')
      .all(topicArn);
    return rows.map(({ arn, topic, protocol, endpoint, filter }) => ({
      arn: String(arn),
      topicArn: String(topic),
      protocol: String(protocol) as Subscription['protocol'],
      endpoint: String(endpoint),
      ...(filter !== null && { filterPolicy: String(filter) }),
    }));
  }

  subscribe(subscription: Omit<Subscription, 'arn'>): string {
    const { topicArn, protocol, endpoint, filterPolicy = null } = subscription;
    const arn = `${topicArn}:${randomUUID()}`;
    this.database
      .prepare('INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?)')
      .run(arn, topicArn, protocol, endpoint, filterPolicy);
    return arn;
  }

  unsubscribe(arn: string): void {
    this.database.prepare('DELETE FROM subscriptions WHERE arn = ?').run(arn);
  }

  /** Keeps a message, together with what `work` writes. */
  keep(message: TopicMessage, work: () => void): void {
    transaction(this.database, () => {
      const { lastInsertRowid } = this.database
        .prepare('INSERT INTO messages (message) VALUES (?)')
        .run(JSON.stringify(message));
      this.database
        .prepare('DELETE FROM messages WHERE seq <= ?')
        .run(Number(lastInsertRowid) - KEPT);
      work();
    });
  }

  /** The newest first. */
  messages(): TopicMessage[] {
    return this.database
      .prepare('SELECT message FROM messages ORDER BY seq DESC')
      .all()
      .map(({ message }) => JSON.parse(String(message)) as TopicMessage);
  }

  clear(): void {
    this.database.exec('DELETE FROM messages; DELETE FROM subscriptions; DELETE FROM topics;');
  }
}
