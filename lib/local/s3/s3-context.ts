import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ObjectIndex, ObjectRow } from './object-index.ts';
import type { BlobFiles } from './object-store.ts';

/** What the operations share. */
export interface S3Context {
  readonly files: BlobFiles;
  readonly index: ObjectIndex;
  /** Tells the bus about a changed object. */
  readonly changed: (type: 'Object Created' | 'Object Deleted', row: ObjectChange) => void;
}

export type ObjectChange = Pick<ObjectRow, 'bucket' | 'key' | 'size' | 'etag'>;

export interface S3Request {
  readonly http: IncomingMessage;
  readonly response: ServerResponse;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

export type S3Operation = (request: S3Request, context: S3Context) => Promise<void>;

/** Blobs that no row names any more; their deletion may lag behind the answer. */
export function removeBlobs(context: S3Context, ids: readonly (string | undefined)[]): void {
  for (const id of ids) if (id) void context.files.remove(id);
}
