import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { LOCAL_REGION } from '../shared/arn.ts';

/** A record as Lambda gets it from a DynamoDB stream. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly eventSourceARN: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly Keys: unknown;
    readonly NewImage?: unknown;
    readonly OldImage?: unknown;
    readonly SequenceNumber: string;
    readonly StreamViewType: 'NEW_IMAGE';
  };
}

export interface Positioned {
  /** Place in the stream: greater is later, over all tables. */
  readonly position: number;
  readonly record: StreamRecord;
}

interface Row {
  readonly id: number;
  readonly event_name: StreamRecord['eventName'];
  readonly keys_json: string;
  readonly new_image: string | null;
  readonly old_image: string | null;
  readonly sequence_number: string;
  readonly created_at: number;
}

/**
 * Reads stream records out of the engine's file. SQLite tells by a counter whether another process
 * wrote, so that looking every few milliseconds costs next to nothing.
 */
export class StreamReader {
  private readonly database: DatabaseSync;
  private readonly version: StatementSync;
  private readonly select: StatementSync;

  constructor(file: string) {
    this.database = new DatabaseSync(file);
    this.database.exec('PRAGMA busy_timeout = 5000;');
    this.version = this.database.prepare('PRAGMA data_version');
    this.select = this.database.prepare(
      `SELECT id, event_name, keys_json, new_image, old_image, sequence_number, created_at
       FROM _stream_records WHERE id > ? AND table_name = ? ORDER BY id LIMIT ?`,
    );
  }

  /** Grows whenever the engine committed something. */
  dataVersion(): number {
    return Number(this.version.get()?.data_version);
  }

  read(table: string, streamArn: string, after: number, limit: number): Positioned[] {
    const rows = this.select.all(after, table, limit) as unknown as Row[];
    return rows.map((row) => ({ position: row.id, record: toRecord(row, streamArn) }));
  }

  /** Position of the newest record, where a mapping that starts at LATEST begins. */
  latest(): number {
    return Number(
      this.database.prepare('SELECT max(id) AS id FROM _stream_records').get()?.id ?? 0,
    );
  }

  /**
   * Forgets records up to a position, a few at a time. The newest of each table stays: the engine
   * counts on from it.
   */
  trim(table: string, upTo: number): void {
    this.database
      .prepare(
        `DELETE FROM _stream_records WHERE id IN (
           SELECT id FROM _stream_records
           WHERE table_name = ?1 AND id <= ?2
             AND id < (SELECT max(id) FROM _stream_records WHERE table_name = ?1)
           ORDER BY id LIMIT 500)`,
      )
      .run(table, upTo);
  }

  close(): void {
    this.database.close();
  }
}

function toRecord(row: Row, streamArn: string): StreamRecord {
  return {
    eventID: `${streamArn}#${row.sequence_number}`,
    eventName: row.event_name,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: LOCAL_REGION,
    eventSourceARN: streamArn,
    dynamodb: {
      ApproximateCreationDateTime: row.created_at,
      Keys: JSON.parse(row.keys_json),
      ...(row.new_image && { NewImage: JSON.parse(row.new_image) }),
      ...(row.old_image && { OldImage: JSON.parse(row.old_image) }),
      SequenceNumber: row.sequence_number,
      StreamViewType: 'NEW_IMAGE',
    },
  };
}
