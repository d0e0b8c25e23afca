import type { DatabaseSync } from 'node:sqlite';

/** Every statement of the engine, prepared once. */
export function prepareStatements(database: DatabaseSync) {
  const sql = (text: string) => database.prepare(text);
  return {
    saveDefinition: sql('INSERT OR IGNORE INTO definitions (hash, text) VALUES (?, ?)'),
    definition: sql('SELECT text FROM definitions WHERE hash = ?'),
    insertExecution: sql(
      `INSERT INTO executions (arn, machine, name, definition, status, input, started)
       VALUES (?, ?, ?, ?, 'RUNNING', ?, ?) RETURNING *`,
    ),
    executionByArn: sql('SELECT * FROM executions WHERE arn = ?'),
    runningExecutions: sql(`SELECT * FROM executions WHERE status = 'RUNNING' ORDER BY id`),
    unannounced: sql('SELECT * FROM executions WHERE announced = 0 ORDER BY id'),
    listExecutions: sql(
      `SELECT * FROM executions WHERE machine = ?1 AND (?2 IS NULL OR status = ?2) AND id < ?3
       ORDER BY id DESC LIMIT ?4`,
    ),
    endExecution: sql(
      `UPDATE executions SET status = ?, output = ?, error = ?, cause = ?, stopped = ?, announced = 0
       WHERE id = ?`,
    ),
    redriveExecution: sql(
      `UPDATE executions SET status = 'RUNNING', output = NULL, error = NULL, cause = NULL,
       stopped = NULL, redrives = redrives + 1, redriven = ?, announced = 0 WHERE id = ?`,
    ),
    announce: sql('UPDATE executions SET announced = 1 WHERE id = ? AND status = ?'),
    endedBefore: sql('SELECT id FROM executions WHERE stopped < ? ORDER BY stopped LIMIT ?'),
    deleteExecution: sql('DELETE FROM executions WHERE id = ?'),
    deleteUnusedDefinitions: sql(
      'DELETE FROM definitions WHERE hash NOT IN (SELECT definition FROM executions)',
    ),
    insertEvent: sql(
      `INSERT INTO events (execution, id, type, time, previous, details) VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    lastEvent: sql('SELECT max(id) AS id FROM events WHERE execution = ?'),
    events: sql('SELECT * FROM events WHERE execution = ? AND id > ? ORDER BY id LIMIT ?'),
    eventsReversed: sql(
      'SELECT * FROM events WHERE execution = ? AND id < ? ORDER BY id DESC LIMIT ?',
    ),
    deleteEvents: sql('DELETE FROM events WHERE execution = ?'),
    saveFrame: sql('INSERT OR REPLACE INTO frames (execution, path, frame) VALUES (?, ?, ?)'),
    frame: sql('SELECT frame FROM frames WHERE execution = ? AND path = ?'),
    frames: sql('SELECT frame FROM frames WHERE execution = ?'),
    // All paths that begin with `path/` sort between `path/` and `path0`.
    framesBelow: sql('SELECT frame FROM frames WHERE execution = ? AND path > ? AND path < ?'),
    deleteFramesBelow: sql('DELETE FROM frames WHERE execution = ? AND path > ? AND path < ?'),
    deleteFrames: sql('DELETE FROM frames WHERE execution = ?'),
    openToken: sql('INSERT INTO tokens (token, execution, heartbeat) VALUES (?, ?, ?)'),
    token: sql('SELECT * FROM tokens WHERE token = ?'),
    answerToken: sql('UPDATE tokens SET answer = ?, open = 0 WHERE token = ?'),
    touchToken: sql('UPDATE tokens SET heartbeat = ? WHERE token = ?'),
    closeToken: sql('UPDATE tokens SET open = 0 WHERE token = ?'),
    closeTokens: sql('UPDATE tokens SET open = 0 WHERE execution = ?'),
    insertExpress: sql('INSERT INTO express (arn, machine, name, input) VALUES (?, ?, ?, ?)'),
    runningExpress: sql('SELECT * FROM express'),
    deleteExpress: sql('DELETE FROM express WHERE arn = ?'),
    deleteTokens: sql('DELETE FROM tokens WHERE execution = ?'),
  };
}

export type Statements = ReturnType<typeof prepareStatements>;
