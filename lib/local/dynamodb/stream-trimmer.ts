import type { StreamReader } from './stream-reader.ts';

/** Records that every reader has handled are kept up to this many, for readers outside. */
const KEPT_RECORDS = 10_000;

/**
 * A stream holds records for 24 hours, handled or not: hours of a host that runs, so that a machine that was
 * off loses nothing.
 */
const RETENTION_SECONDS = 24 * 3600;

/** Records deleted at a time: the engine waits for a lock that long. */
const STEP = 1000;

/** Steps for a table in one run: with one run in ten seconds, more than the engine can write meanwhile. */
const MAX_STEPS = 30;

/** Keeps the streams from growing for ever. */
export class StreamTrimmer {
  private readonly streams: StreamReader;
  private readonly startedMs: number;
  private readonly readers = new Map<string, (() => number)[]>();

  constructor(streams: StreamReader, startedMs = Date.now()) {
    this.streams = streams;
    this.startedMs = startedMs;
  }

  add(table: string): void {
    this.readers.set(table, this.readers.get(table) ?? []);
  }

  retainFrom(table: string, position: () => number): void {
    this.add(table);
    this.readers.get(table)?.push(position);
  }

  /** Forgets what may go, in steps between which others have their turn; ends early when told to. */
  async run(nowMs: number, signal: AbortSignal): Promise<void> {
    for (const table of this.readers.keys()) {
      for (let step = 0; step < MAX_STEPS && this.step(table, nowMs) === STEP; step++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (signal.aborted) return;
      }
    }
  }

  /** How many records of the table it has forgotten. */
  private step(table: string, nowMs: number): number {
    const readers = this.readers.get(table) ?? [];
    const handled = Math.min(...readers.map((position) => position()));
    const surplus = Math.min(this.streams.latest(table) - KEPT_RECORDS, handled);
    const old = this.streams.oldPosition(table, nowMs / 1000 - RETENTION_SECONDS, STEP);
    const hadTime = nowMs - this.startedMs >= RETENTION_SECONDS * 1000;
    return this.streams.trim(
      table,
      Math.max(surplus, hadTime ? old : Math.min(old, handled)),
      STEP,
    );
  }
}
