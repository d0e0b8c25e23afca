import type { StreamReader } from './stream-reader.ts';

/** Records that every reader has handled are kept up to this many, for readers outside. */
const KEPT_RECORDS = 10_000;

/** A stream holds records for 24 hours, handled or not. */
const RETENTION_SECONDS = 24 * 3600;

/** Records deleted at a time: the engine waits for a lock that long. */
const STEP = 1000;

/** Keeps the streams from growing for ever. */
export class StreamTrimmer {
  private readonly streams: StreamReader;
  private readonly readers = new Map<string, (() => number)[]>();

  constructor(streams: StreamReader) {
    this.streams = streams;
  }

  add(table: string): void {
    this.readers.set(table, this.readers.get(table) ?? []);
  }

  retainFrom(table: string, position: () => number): void {
    this.add(table);
    this.readers.get(table)?.push(position);
  }

  /** One step per table. */
  run(nowMs: number): void {
    for (const [table, readers] of this.readers) {
      const handled = Math.min(...readers.map((position) => position()));
      const surplus = Math.min(this.streams.latest(table) - KEPT_RECORDS, handled);
      const old = this.streams.oldPosition(table, nowMs / 1000 - RETENTION_SECONDS, STEP);
      this.streams.trim(table, Math.max(surplus, old), STEP);
    }
  }
}
