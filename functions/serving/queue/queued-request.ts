import type { LogEntry } from '../invoke/log-entry.ts';

/** What of the log's row is known when a request is taken; the answer adds the rest. */
type QueuedEntry = Omit<
  LogEntry,
  'request' | 'response' | 'statusCode' | 'executionTimeMs' | 'pythonMs' | 'shadows'
>;

/** A request that waits for a version whose instances come and go, and what came of it. */
export interface QueuedRequest {
  readonly entry: QueuedEntry & Required<Pick<LogEntry, 'entity'>>;
  /** Keys in the platform's bucket: the body, its answer, and why there is none. */
  readonly input: string;
  readonly answer: string;
  readonly failure: string;
  /** Absent until it was answered, and its answer logged. */
  readonly statusCode?: number;
  /** Epoch seconds. */
  readonly expiresAt: number;
}
