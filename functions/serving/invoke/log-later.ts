import { setTimeout as pause } from 'node:timers/promises';
import { log } from '../../shared/log.ts';
import type { LogEntry } from './log-entry.ts';
import { writeLog } from './log-store.ts';

/** Rows that may be on their way at once; from then on a request waits for one of them. */
const MAX_PENDING = 1000;

/** Between two tries of a row that could not be written. */
const RETRY_MS = 200;

type Write = (entry: LogEntry) => Promise<void>;

/**
 * Writes the row of a request before it is answered, unless the endpoint's `max_loss_seconds` says that
 * nobody has to wait: the write then begins at once and is tried for so long. What a process that ends
 * has not written yet is lost.
 */
export function logOrLater(write: Write): Write {
  const pending = new Set<Promise<void>>();
  return async (entry) => {
    const seconds = entry.live.log?.max_loss_seconds;
    if (seconds === undefined) return write(entry);
    while (pending.size >= MAX_PENDING) await Promise.race(pending);
    const done = persist(write, entry, Date.now() + seconds * 1000).finally(() =>
      pending.delete(done),
    );
    pending.add(done);
  };
}

/** Never rejects: nobody waits who could do anything about it. */
async function persist(write: Write, entry: LogEntry, until: number): Promise<void> {
  for (;;) {
    try {
      return await write(entry);
    } catch (error) {
      if (Date.now() > until) {
        const { requestId, live } = entry;
        log.error('a row of the inference log is lost', {
          endpoint: live.endpoint,
          requestId,
          error: error as Error,
        });
        return;
      }
    }
    await pause(RETRY_MS);
  }
}

/** Writes the row of a request to the log, as its endpoint says. */
export const logRequest = logOrLater(writeLog);
