import { hash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LOCAL_REGION } from '../shared/arn.ts';

/** How often the engine's file is looked at while somebody waits: seldom when nothing happens. */
const BUSY_LOOK_MS = 10;
const QUIET_LOOK_MS = 20;
const QUIET_AFTER_MS = 2000;

/** A record of a table's stream, in the form that Lambda hands to functions, less its source ARN. */
interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly dynamodb: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: unknown;
    readonly NewImage?: unknown;
    readonly OldImage?: unknown;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: string;
  };
}

export interface Positioned {
  /** Place in the table's stream: greater is later. */
  readonly position: number;
  readonly kind: StreamRecord['eventName'];
  /** Made when it is asked for: most records are of no interest to any filter, which their kinds tell. */
  readonly record: StreamRecord;
  /** Bytes of JSON text, roughly. */
  readonly size: number;
}

/** Records kept as they were read: a stream with several readers is read by all of them at once. */
const KEPT = 500;
const KEPT_SIZE = 16_384;

interface Row {
  readonly position: number;
  readonly event_name: StreamRecord['eventName'];
  readonly keys_json: string;
  readonly new_image: string | null;
  readonly old_image: string | null;
  readonly created_at: number;
}

/**
 * Reads stream records out of the engine's file. SQLite tells by a counter in shared memory whether
 * another process wrote, so that looking every few milliseconds costs next to nothing.
 */
export class StreamReader {
  private readonly database: DatabaseSync;
  private readonly version: StatementSync;
  private readonly added: StatementSync;
  private readonly select: StatementSync;
  private readonly greatest: StatementSync;
  private readonly kept = new Map<string, Positioned>();
  private seen: { readonly version: number; readonly id: number };
  /** Ids of the newest records, of tables that have had any since the start. */
  private readonly newestIds = new Map<string, number>();
  private readonly viewTypes = new Map<string, string>();
  private readonly waiting = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;
  private lastRecord = 0;

  constructor(database: DatabaseSync) {
    this.database = database;
    this.version = database.prepare('PRAGMA data_version');
    this.added = database.prepare(
      `SELECT table_name, max(id) AS id FROM _stream_records NOT INDEXED
       WHERE id > +? GROUP BY table_name`,
    );
    const last = database.prepare('SELECT max(id) AS id FROM _stream_records').get();
    this.seen = { version: -1, id: Number(last?.id ?? 0) };
    // A plain parameter would have SQLite plan the statement anew for each value.
    this.select = database.prepare(
      `SELECT CAST(sequence_number AS INTEGER) AS position, event_name, keys_json, new_image,
         old_image, created_at
       FROM _stream_records
       WHERE table_name = +? AND CAST(sequence_number AS INTEGER) > +?
       ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?`,
    );
    this.greatest = database.prepare(
      `SELECT max(CAST(sequence_number AS INTEGER)) AS position
       FROM _stream_records WHERE table_name = ?`,
    );
  }

  declare(table: string, viewType: string): void {
    this.viewTypes.set(table, viewType);
  }

  /** Changes whenever the table's stream has a new record. */
  newest(table: string): number {
    this.lookAtFile();
    return this.newestIds.get(table) ?? 0;
  }

  /** Most commits are those of tables without streams. */
  private lookAtFile(): void {
    const version = Number(this.version.get()?.data_version);
    if (version === this.seen.version) return;
    let { id } = this.seen;
    for (const { table_name, id: newest } of this.added.all(id)) {
      this.newestIds.set(String(table_name), Number(newest));
      id = Math.max(id, Number(newest));
    }
    this.seen = { version, id };
  }

  /** Resolves when `newest` is no longer `seen`, or when the signal aborts. */
  async recordAfter(table: string, seen: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!signal.aborted && (this.newestIds.get(table) ?? 0) === seen) return;
        this.lastRecord = Date.now();
        this.waiting.delete(look);
        signal.removeEventListener('abort', look);
        resolve();
      };
      this.waiting.add(look);
      signal.addEventListener('abort', look);
      this.lookAtFile();
      look();
      this.keepLooking();
    });
  }

  /** The first records behind a position, `limit` at most; some only if others come with the next call. */
  read(table: string, after: number, limit: number): Positioned[] {
    const known = this.known(table, after, limit);
    if (known.length > 0) return known;
    const viewType = this.viewTypes.get(table) ?? '';
    const rows = this.select.all(table, after, limit) as unknown as Row[];
    return rows.map((row) => this.positioned(table, viewType, row));
  }

  /** What another reader has read of them. A table's records are numbered without gaps. */
  private known(table: string, after: number, limit: number): Positioned[] {
    const known: Positioned[] = [];
    while (known.length < limit) {
      const next = this.kept.get(`${table} ${after + known.length + 1}`);
      if (!next) break;
      known.push(next);
    }
    return known;
  }

  private positioned(table: string, viewType: string, row: Row): Positioned {
    const positioned = new ReadRow(table, viewType, row);
    if (positioned.size <= KEPT_SIZE) this.kept.set(`${table} ${row.position}`, positioned);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest);
    return positioned;
  }

  /** Position of the table's newest record; 0 without one. */
  latest(table: string): number {
    return Number(this.greatest.get(table)?.position ?? 0);
  }

  /**
   * Forgets records up to a position, at most `limit` at a time. The newest of each table stays: the
   * engine counts on from it. Returns how many are gone.
   */
  trim(table: string, upTo: number, limit: number): number {
    const last = Math.min(upTo, this.latest(table) - 1);
    if (last <= 0) return 0;
    const { changes } = this.database
      .prepare(
        `DELETE FROM _stream_records WHERE id IN (
           SELECT id FROM _stream_records
           WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= ?2
           ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3)`,
      )
      .run(table, last, limit);
    return Number(changes);
  }

  /** Of the oldest `limit` records, the position of the last from before a time; 0 without one. */
  oldPosition(table: string, beforeSeconds: number, limit: number): number {
    const row = this.database
      .prepare(
        `SELECT max(position) AS position FROM (
           SELECT CAST(sequence_number AS INTEGER) AS position, created_at
           FROM _stream_records WHERE table_name = ?
           ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?)
         WHERE created_at < ?`,
      )
      .get(table, limit, beforeSeconds);
    return Number(row?.position ?? 0);
  }

  /** Ends looking; who still waits is let go by its signal. */
  pauseLooking(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private keepLooking(): void {
    if (this.timer !== undefined || this.waiting.size === 0) return;
    const quiet = Date.now() - this.lastRecord > QUIET_AFTER_MS;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.lookAtFile();
        for (const look of [...this.waiting]) look();
        this.keepLooking();
      },
      quiet ? QUIET_LOOK_MS : BUSY_LOOK_MS,
    );
  }
}

class ReadRow implements Positioned {
  readonly position: number;
  readonly kind: StreamRecord['eventName'];
  readonly size: number;
  private readonly make: () => StreamRecord;
  private made: StreamRecord | undefined;

  constructor(table: string, viewType: string, row: Row) {
    this.position = row.position;
    this.kind = row.event_name;
    this.size = sizeOf(row) + 500;
    this.make = () => toRecord(table, viewType, row);
  }

  get record(): StreamRecord {
    this.made ??= this.make();
    return this.made;
  }
}

const sizeOf = ({ keys_json, new_image, old_image }: Row) =>
  keys_json.length + (new_image?.length ?? 0) + (old_image?.length ?? 0);

function toRecord(table: string, viewType: string, row: Row): StreamRecord {
  const dynamodb: StreamRecord['dynamodb'] = {
    ApproximateCreationDateTime: row.created_at,
    Keys: JSON.parse(row.keys_json),
    SequenceNumber: String(row.position),
    SizeBytes: sizeOf(row),
    StreamViewType: viewType,
  };
  if (row.new_image !== null) parseLater(dynamodb, 'NewImage', row.new_image);
  if (row.old_image !== null) parseLater(dynamodb, 'OldImage', row.old_image);
  return {
    eventID: hash('md5', `${table} ${row.position}`),
    eventName: row.event_name,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: LOCAL_REGION,
    dynamodb,
  };
}

/** Of the other records, too, most are of no interest, which their keys tell. */
function parseLater(
  dynamodb: StreamRecord['dynamodb'],
  name: 'NewImage' | 'OldImage',
  json: string,
): void {
  let image: unknown;
  const get = () => {
    image ??= JSON.parse(json);
    return image;
  };
  Object.defineProperty(dynamodb, name, { enumerable: true, get });
}
