import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { AwsError } from '../../shared/aws-error.ts';
import { decodeAwsChunked } from '../aws-chunked.ts';
import { type Checksum, UploadDigests } from '../checksums.ts';
import type { S3Context } from '../context.ts';
import { noSuchKey, notImplemented } from '../errors.ts';
import { objectCreated } from '../notices.ts';
import type { WriteCheck } from '../object-index.ts';
import type { ObjectRow } from '../object-row.ts';

/** Bytes; S3's limit of one PUT. */
const MAX_BODY = 5 * 1024 ** 3;

/** A stored run of bytes that no row names yet. */
interface Received {
  readonly blob: string;
  readonly size: number;
  readonly etag: string;
  readonly checksum?: Checksum;
}

/** Takes a request's body to a file and checks it against all that the client announced. */
export async function receive(http: IncomingMessage, context: S3Context): Promise<Received> {
  const { headers } = http;
  const digests = new UploadDigests(headers);
  const chunked = String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  const length = headers[chunked ? 'x-amz-decoded-content-length' : 'content-length'];
  if (Number(length ?? 0) > MAX_BODY) {
    throw new AwsError('EntityTooLarge', `A PUT takes at most ${MAX_BODY} bytes`);
  }
  // Leaving the loop must not destroy the connection: the refusal is still to be sent over it.
  const raw = http.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  const body = chunked ? decodeAwsChunked(raw, (name, value) => digests.trailer(name, value)) : raw;
  const whole = length === undefined ? body : exactly(body, Number(length));
  const { id, size } = await context.blobs.write(whole, (chunk) => digests.update(chunk));
  try {
    return { blob: id, size, ...(await digests.finish()) };
  } catch (error) {
    await context.blobs.discard([id]);
    throw error;
  }
}

async function* exactly(source: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    yield chunk;
  }
  if (size !== length) {
    throw new AwsError('IncompleteBody', `${length} bytes were announced, ${size} came`);
  }
}

/** What an object gets besides its bytes. */
export type NewObject = Received &
  Pick<ObjectRow, 'bucket' | 'key' | 'headers' | 'tags'> & {
    /** S3's name of the operation, part of the event. */
    readonly reason: string;
  };

/**
 * Makes received bytes an object, if `check` lets it; otherwise they are deleted. From the return on it
 * survives a crash, with its event.
 */
export async function storeObject(
  { reason, ...object }: NewObject,
  context: S3Context,
  check: WriteCheck,
  alsoInTransaction?: () => string[],
): Promise<ObjectRow> {
  const row: ObjectRow = { ...object, modified: Date.now() };
  const version = context.index.keepsVersions(row.bucket, row.key) ? row.blob : undefined;
  const notice = context.notifies(row.bucket) ? objectCreated(row, reason, version) : undefined;
  let dropped: string[];
  try {
    dropped = context.index.put(row, check, notice, alsoInTransaction);
  } catch (error) {
    await context.blobs.discard([row.blob]);
    throw error;
  }
  await context.blobs.discard(dropped);
  context.outbox.flush();
  return row;
}

/** An object that a writer may replace at any time, held open. Throws NoSuchKey and NoSuchBucket. */
export async function openObject(
  { index, blobs }: S3Context,
  bucket: string,
  key: string,
  version: string | null = null,
): Promise<{ row: ObjectRow; file: FileHandle }> {
  return withObject({ index }, { bucket, key, version }, async (row) => ({
    row,
    file: await blobs.open(row.blob),
  }));
}

/** Runs work on an object's file; once more with the new one when it was replaced meanwhile. */
export async function withObject<T>(
  { index }: Pick<S3Context, 'index'>,
  named: NamedObject,
  work: (row: ObjectRow) => Promise<T>,
): Promise<T> {
  for (let row = find(index, named); ; ) {
    try {
      return await work(row);
    } catch (error) {
      const next = find(index, named);
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || next.blob === row.blob) throw error;
      row = next;
    }
  }
}

/** An object by its key, or one of its versions by its id. */
export interface NamedObject {
  readonly bucket: string;
  readonly key: string;
  readonly version?: string | null;
}

function find(index: S3Context['index'], { bucket, key, version }: NamedObject): ObjectRow {
  if (!version) {
    const row = index.object(bucket, key);
    if (row) return row;
    index.requireBucket(bucket);
    throw noSuchKey();
  }
  if (!index.keepsVersions(bucket, key)) throw notImplemented('versionId');
  const row = index.version(bucket, key, version);
  if (!row) throw new AwsError('NoSuchVersion', 'The specified version does not exist.', 404);
  if (row.marker) {
    throw new AwsError('MethodNotAllowed', 'The version is the mark of a deletion.', 405);
  }
  return row;
}
