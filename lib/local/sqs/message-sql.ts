import type { DatabaseSync } from 'node:sqlite';

export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, message_id TEXT NOT NULL,
    body TEXT NOT NULL, attributes TEXT NOT NULL, source TEXT, sent INTEGER NOT NULL,
    visible INTEGER NOT NULL, expires INTEGER NOT NULL, receives INTEGER NOT NULL DEFAULT 0,
    first_received INTEGER, receipt TEXT, local INTEGER NOT NULL DEFAULT 0,
    cut_off INTEGER NOT NULL DEFAULT 0, message_group TEXT NOT NULL DEFAULT '');
  CREATE INDEX IF NOT EXISTS by_visible ON messages (queue, visible, id);
  CREATE INDEX IF NOT EXISTS by_expiry ON messages (expires);
  CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, settings TEXT NOT NULL);`;

/** What a file of an earlier release lacks. */
export const LATER_COLUMNS = {
  cut_off: 'INTEGER NOT NULL DEFAULT 0',
  message_group: "TEXT NOT NULL DEFAULT ''",
} as const;

/** After the columns. */
export const LATER_INDEX = `
  CREATE INDEX IF NOT EXISTS by_group ON messages (queue, message_group, visible, id)`;

/**
 * Receives of one message that the end of the process cut off and that are not counted. A message beyond
 * it may well be what ends the process, and must reach its dead-letter queue some day.
 */
const FORGIVEN_CUTS = 100;

/** `local = 1` marks a receive of this process whose outcome is not known. */
export const GIVE_BACK = `
  UPDATE messages SET visible = 0, local = 0, cut_off = cut_off + 1,
    receives = receives - (cut_off < ${FORGIVEN_CUTS}),
    first_received = CASE WHEN receives - (cut_off < ${FORGIVEN_CUTS}) > 0 THEN first_received END
  WHERE local = 1`;

const MESSAGE_COLUMNS = `
  id, message_id AS messageId, body, attributes, source, sent, receives, first_received AS first,
  message_group AS messageGroup`;

/** What every message needs is prepared once. */
export const prepare = (database: DatabaseSync) => ({
  insert: database.prepare(
    `INSERT INTO messages (queue, message_id, body, attributes, sent, visible, expires, message_group)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  remove: database.prepare('DELETE FROM messages WHERE id = ? AND queue = ? AND receipt = ?'),
  selectVisible: database.prepare(
    `SELECT ${MESSAGE_COLUMNS} FROM messages
     WHERE queue = ? AND message_group = ? AND visible <= ? AND expires > ?
     ORDER BY visible, id LIMIT ?`,
  ),
  nextGroup: database.prepare(
    'SELECT min(message_group) AS next FROM messages WHERE queue = ? AND message_group > ?',
  ),

  // By the other index it would look at everything that waits, at each receive.
  deleteExpired: database.prepare(
    `DELETE FROM messages INDEXED BY by_expiry
     WHERE queue = ? AND visible <= ? AND expires <= ?`,
  ),
  hideOne: database.prepare(
    `UPDATE messages SET visible = ?, receives = receives + 1, receipt = ?, local = ?,
       first_received = coalesce(first_received, ?) WHERE id = ?`,
  ),
  next: database.prepare('SELECT min(visible) AS next FROM messages WHERE queue = ?'),
});

/** A message as `selectVisible` answers it. Times in epoch milliseconds. */
export interface Row {
  readonly id: number;
  readonly messageId: string;
  readonly body: string;
  readonly attributes: string;
  readonly source: string | null;
  readonly sent: number;
  readonly receives: number;
  readonly first: number | null;
  /** Empty when its sender named none. */
  readonly messageGroup: string;
}
