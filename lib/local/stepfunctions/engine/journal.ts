import type { Frame } from './frame.ts';

/** One entry of an execution's history, named as in GetExecutionHistory. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  /** Milliseconds. */
  readonly timestamp: number;
  /** One member: the details under their AWS name, for example `stateEnteredEventDetails`. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Where an execution records what it does. Everything is buffered until `commit`. */
export interface Journal {
  /** Appends to the history; answers the event's id. */
  event(
    type: string,
    previous: number,
    timestamp: number,
    details?: HistoryEvent['details'],
  ): number;
  /** Saves a frame as it is at the commit. */
  save(frame: Frame): void;
  removeChildren(path: string): void;
  /** Frames below `path`, for a visit that began before a restart. */
  children(path: string): Frame[];
  /** A token becomes known; heartbeats are counted from `time`. */
  openToken(token: string, time: number): void;
  closeToken(token: string): void;
  /** All that was buffered becomes durable together, or nothing of it. */
  commit(): void;
  /** Events so far. */
  readonly length: number;
}

/** Keeps events in memory, for Express executions and tests. */
export class MemoryJournal implements Journal {
  readonly events: HistoryEvent[] = [];
  private readonly keepEvents: boolean;
  private lastId = 0;

  constructor(options: { keepEvents: boolean }) {
    this.keepEvents = options.keepEvents;
  }

  event(
    type: string,
    previous: number,
    timestamp: number,
    details: HistoryEvent['details'] = {},
  ): number {
    this.lastId += 1;
    const id = this.lastId;
    if (this.keepEvents) {
      this.events.push({ id, previousEventId: previous, type, timestamp, details });
    }
    return id;
  }

  // Nothing outlives the process, so there is nothing to keep but the events.
  save(): void {}
  removeChildren(): void {}
  openToken(): void {}
  closeToken(): void {}
  commit(): void {}

  children(): Frame[] {
    return [];
  }

  get length(): number {
    return this.lastId;
  }
}
