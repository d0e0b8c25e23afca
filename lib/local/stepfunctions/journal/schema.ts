/** Times in milliseconds, documents as JSON text. */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS definitions (hash TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS executions (
  id INTEGER PRIMARY KEY,
  arn TEXT NOT NULL UNIQUE,
  machine TEXT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  status TEXT NOT NULL,
  input TEXT NOT NULL,
  output TEXT,
  error TEXT,
  cause TEXT,
  started INTEGER NOT NULL,
  stopped INTEGER,
  redrives INTEGER NOT NULL DEFAULT 0,
  redriven INTEGER,
  announced INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS executions_by_machine ON executions (machine, started);
CREATE INDEX IF NOT EXISTS executions_by_status ON executions (status, announced);
CREATE INDEX IF NOT EXISTS executions_by_end ON executions (stopped);
CREATE TABLE IF NOT EXISTS events (
  execution INTEGER NOT NULL,
  id INTEGER NOT NULL,
  type TEXT NOT NULL,
  time INTEGER NOT NULL,
  previous INTEGER NOT NULL,
  details TEXT NOT NULL,
  PRIMARY KEY (execution, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frames (
  execution INTEGER NOT NULL,
  path TEXT NOT NULL,
  frame TEXT NOT NULL,
  PRIMARY KEY (execution, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (
  token TEXT PRIMARY KEY,
  execution INTEGER NOT NULL,
  heartbeat INTEGER NOT NULL,
  open INTEGER NOT NULL DEFAULT 1,
  answer TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tokens_by_execution ON tokens (execution);
CREATE TABLE IF NOT EXISTS express (
  arn TEXT PRIMARY KEY,
  machine TEXT NOT NULL,
  name TEXT NOT NULL,
  input TEXT NOT NULL
) WITHOUT ROWID;
`;

/** Forgets every execution in one transaction. */
export const EMPTY = `
BEGIN IMMEDIATE;
DELETE FROM definitions; DELETE FROM executions; DELETE FROM events; DELETE FROM frames;
DELETE FROM tokens; DELETE FROM express;
COMMIT;
`;
