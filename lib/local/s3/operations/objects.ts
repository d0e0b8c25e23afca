import { AwsError } from '../../shared/aws-error.ts';
import type { ByteRange } from '../blob-files.ts';
import { checksumHeaders } from '../checksums.ts';
import { readCheck, writeCheck } from '../conditions.ts';
import {
  quoted,
  requestId,
  type S3Context,
  type S3Operation,
  sendEmpty,
  versionHeader,
} from '../context.ts';
import { notImplemented } from '../errors.ts';
import { keptHeaders, objectHeaders, taggingHeader } from '../object-headers.ts';
import type { Removed, WriteCheck } from '../object-index.ts';
import { sendBytes } from './send-bytes.ts';
import { openObject, receive, storeObject } from './store-object.ts';

export const putObject: S3Operation = async ({ bucket, key, http, response }, context) => {
  context.index.requireBucket(bucket);
  const check = writeCheck(http.headers);
  const headers = keptHeaders(http.headers);
  const tags = taggingHeader(http.headers);
  // Known to fail, it need not be received; what decides is the check at the end.
  check(context.index.object(bucket, key));
  const received = await receive(http, context);
  const object = { ...received, bucket, key, headers, tags, reason: 'PutObject' };
  const row = await storeObject(object, context, check);
  const about = { ...checksumHeaders(row.checksum), ...versionHeader(context, row) };
  sendEmpty(response, 200, { etag: quoted(row.etag), ...about });
};

/** GET and HEAD. */
export const getObject: S3Operation = async ({ bucket, key, http, response, query }, context) => {
  const { row, file } = await openObject(context, bucket, key, query.get('versionId'));
  try {
    const range = parseRange(http.headers.range, row.size);
    const withChecksum = !range && http.headers['x-amz-checksum-mode'] === 'ENABLED';
    const headers = { ...objectHeaders(row, withChecksum), ...versionHeader(context, row) };
    if (readCheck(http.headers, row) === 'unchanged') return sendEmpty(response, 304, headers);
    for (const [name, value] of query) {
      if (name.startsWith('response-')) headers[name.slice('response-'.length)] = value;
    }
    if (range) headers['content-range'] = `bytes ${range.start}-${range.end}/${row.size}`;
    headers['content-length'] = String(range ? range.end - range.start + 1 : row.size);
    response.writeHead(range ? 206 : 200, { ...headers, ...requestId() });
    if (http.method === 'HEAD' || row.size === 0) return void response.end();
    await sendBytes(file, range ?? { start: 0, end: row.size - 1 }, response).catch((error) => {
      // A client that leaves early is its own affair.
      if (!response.destroyed) throw error;
    });
  } finally {
    await file.close();
  }
};

export const deleteObject: S3Operation = async (
  { bucket, key, http, response, query },
  context,
) => {
  const check = writeCheck(http.headers);
  const version = query.get('versionId') ?? undefined;
  if (version !== undefined && http.headers['if-match'] !== undefined) {
    throw notImplemented('A condition on a version that is deleted');
  }
  const { marker } = await removeObject({ bucket, key, version }, context, check);
  const named = marker ?? version;
  sendEmpty(response, 204, {
    ...(named !== undefined && { 'x-amz-version-id': named }),
    ...(marker !== undefined && { 'x-amz-delete-marker': 'true' }),
  });
};

/** Deletes an object, or one version of it for good. */
export async function removeObject(
  { bucket, key, version }: { bucket: string; key: string; version: string | undefined },
  context: S3Context,
  check: WriteCheck = () => {},
): Promise<Removed> {
  const { index, blobs, outbox } = context;
  if (version !== undefined && !index.keepsVersions(bucket, key)) throw notImplemented('versionId');
  const reason = context.notifies(bucket) ? 'DeleteObject' : undefined;
  const removed =
    version === undefined
      ? index.remove(bucket, key, check, reason)
      : index.removeVersion(bucket, key, version, reason);
  await blobs.discard(removed.dropped);
  outbox.flush();
  return removed;
}

/** One byte range; what cannot be understood is ignored (RFC 9110, section 14.2), as S3 does. */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  const fromEnd = first === '';
  const start = fromEnd ? Math.max(0, size - Number(last)) : Number(first);
  const end = fromEnd || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (!fromEnd && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size) throw new AwsError('InvalidRange', 'The range is not satisfiable', 416);
  return { start, end };
}
