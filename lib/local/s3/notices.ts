import { LOCAL_ACCOUNT } from '../shared/arn.ts';
import type { S3Database } from './database.ts';
import type { ObjectRow } from './object-row.ts';

export interface Notice {
  readonly type: 'Object Created' | 'Object Deleted';
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Takes one event of a bucket, named by its ARN; resolves once it is durable elsewhere. */
export type Notify = (
  type: string,
  detail: Readonly<Record<string, unknown>>,
  resource: string,
) => void | Promise<void>;

/** Milliseconds until a notice that was not taken is offered again. */
const RETRY_MS = 1000;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export const objectCreated = (row: ObjectRow, reason: string, id?: string): Notice => ({
  type: 'Object Created',
  detail: {
    version: '0',
    bucket: { name: row.bucket },
    object: { key: row.key, size: row.size, etag: row.etag, ...version(id) },
    requester: LOCAL_ACCOUNT,
    reason,
  },
});

const version = (id: string | undefined) => (id === undefined ? {} : { 'version-id': id });

/** Who deletes: a request, or a rule of the bucket. */
export type DeletionReason = 'DeleteObject' | 'Lifecycle Expiration';

/** The ETag of no bytes. */
const EMPTY = 'd41d8cd98f00b204e9800998ecf8427e';

/** That an object or a version is gone, or that the version named is the mark that hides what was there. */
export const objectDeleted = (
  { bucket, key, id, marks = false }: Deletion,
  reason: DeletionReason,
): Notice => ({
  type: 'Object Deleted',
  detail: {
    version: '0',
    bucket: { name: bucket },
    object: { key, ...version(id), ...(marks && { etag: EMPTY }) },
    requester: reason === 'DeleteObject' ? LOCAL_ACCOUNT : 's3.amazonaws.com',
    reason,
    'deletion-type': marks ? 'Delete Marker Created' : 'Permanently Deleted',
  },
});

interface Deletion {
  readonly bucket: string;
  readonly key: string;
  readonly id?: string | undefined;
  readonly marks?: boolean;
}

/**
 * Events that were written in the transaction of their change, handed over in order. One is gone
 * from here when it was taken: after a crash it may come twice, never not at all.
 */
export class NoticeOutbox {
  private readonly database: S3Database;
  private readonly notify: Notify;
  private draining: Promise<void> | undefined;
  private retry: NodeJS.Timeout | undefined;
  private again = false;
  private stopped = false;

  constructor(database: S3Database, notify: Notify) {
    this.database = database;
    this.notify = notify;
  }

  /** Hands over what is there; to be called after each change. */
  flush(): void {
    this.again = true;
    if (this.stopped || this.draining) return;
    clearTimeout(this.retry);
    this.again = false;
    this.draining = this.drain()
      .catch((error: unknown) => {
        console.error(error);
        this.retry = setTimeout(() => this.flush(), RETRY_MS);
      })
      .finally(() => {
        this.draining = undefined;
        if (this.again) this.flush();
      });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    await this.draining;
  }

  private async drain(): Promise<void> {
    for (let next = this.next(); next && !this.stopped; next = this.next()) {
      const detail = JSON.parse(next.detail) as { bucket: { name: string }; object: object };
      // S3's own sequencers compare as texts, too.
      const sequencer = next.id.toString(16).toUpperCase().padStart(16, '0');
      const whole = { ...detail, object: { ...detail.object, sequencer } };
      await this.notify(next.type, whole, `arn:aws:s3:::${detail.bucket.name}`);
      this.database.run('DELETE FROM notices WHERE id = ?', [next.id]);
    }
  }

  private next() {
    return this.database.get<{ id: number; type: string; detail: string }>(
      'SELECT * FROM notices ORDER BY id LIMIT 1',
    );
  }
}
