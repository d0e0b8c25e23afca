import { AwsError } from '../shared/aws-error.ts';
import { checksumHeader } from './checksums.ts';
import type { ObjectRow } from './object-index.ts';
import { removeBlobs, type S3Operation, type S3Request } from './s3-context.ts';
import { element, noSuchKey, preconditionFailed, sendXml } from './s3-error.ts';
import { keptHeaders, receive } from './upload.ts';

/** Refuses a write whose If-None-Match or If-Match does not hold for what is there. */
export function checkWriteConditions({ http }: S3Request) {
  const none = http.headers['if-none-match'];
  const match = http.headers['if-match'];
  return (current: ObjectRow | undefined): void => {
    if (none === '*' && current) throw preconditionFailed();
    if (match !== undefined && unquote(match) !== current?.etag) {
      throw current ? preconditionFailed() : noSuchKey();
    }
  };
}

const unquote = (etag: string) => etag.replaceAll('"', '');

export const putObject: S3Operation = async (request, context) => {
  const { bucket, key, http, response } = request;
  context.index.requireBucket(bucket);
  const blob = await receive(http, context);
  const { checksum } = blob;
  const headers = keptHeaders(http);
  const row: ObjectRow = {
    bucket,
    key,
    blob: blob.id,
    size: blob.size,
    etag: blob.etag,
    modified: Date.now(),
    headers: JSON.stringify(
      checksum ? { ...headers, [checksumHeader(checksum.algorithm)]: checksum.value } : headers,
    ),
  };
  try {
    removeBlobs(context, context.index.putObject(row, checkWriteConditions(request)));
  } catch (error) {
    removeBlobs(context, [blob.id]);
    throw error;
  }
  context.changed('Object Created', row);
  response.writeHead(200, {
    etag: `"${blob.etag}"`,
    'content-length': 0,
    ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }),
  });
  response.end();
};

export const copyObject: S3Operation = async (request, context) => {
  const { bucket, key, http, response } = request;
  const source = decodeURIComponent(String(http.headers['x-amz-copy-source'])).replace(/^\//, '');
  const slash = source.indexOf('/');
  const from = context.index.object(source.slice(0, slash), source.slice(slash + 1));
  if (!from) throw noSuchKey();
  const replace = http.headers['x-amz-metadata-directive'] === 'REPLACE';
  const row: ObjectRow = {
    ...from,
    bucket,
    key,
    blob: await context.files.concatenate([from.blob]),
    modified: Date.now(),
    headers: replace ? JSON.stringify(keptHeaders(http)) : from.headers,
  };
  removeBlobs(
    context,
    context.index.putObject(row, () => {}),
  );
  context.changed('Object Created', row);
  const modified = new Date(row.modified).toISOString();
  sendXml(
    response,
    200,
    element('CopyObjectResult', { ETag: `"${row.etag}"`, LastModified: modified }),
  );
};

export const getObject: S3Operation = async ({ bucket, key, http, response, query }, context) => {
  context.index.requireBucket(bucket);
  const row = context.index.object(bucket, key);
  if (!row) throw noSuchKey();
  const range = parseRange(http.headers.range, row.size);
  // The stored checksum is the whole object's; a client would hold it against the part it asked for.
  const withChecksum = !range && http.headers['x-amz-checksum-mode'] === 'ENABLED';
  const headers = objectHeaders(row, withChecksum);
  for (const [name, value] of query) {
    if (name.startsWith('response-')) headers[name.slice('response-'.length)] = value;
  }
  const { 'if-none-match': none, 'if-match': match } = http.headers;
  if (match !== undefined && unquote(match) !== row.etag) throw preconditionFailed();
  if (none !== undefined && unquote(none) === row.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  if (range) headers['content-range'] = `bytes ${range.start}-${range.end}/${row.size}`;
  headers['content-length'] = String(range ? range.end - range.start + 1 : row.size);
  response.writeHead(range ? 206 : 200, headers);
  if (http.method === 'HEAD' || row.size === 0) {
    response.end();
    return;
  }
  const stream = context.files.read(row.blob, range);
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  stream.pipe(response);
};

function objectHeaders(row: ObjectRow, withChecksum: boolean): Record<string, string> {
  const kept = JSON.parse(row.headers) as Record<string, string>;
  const shown = Object.entries(kept).filter(
    ([name]) => withChecksum || !name.startsWith('x-amz-checksum-'),
  );
  return {
    'content-type': 'binary/octet-stream',
    ...Object.fromEntries(shown),
    etag: `"${row.etag}"`,
    'last-modified': new Date(row.modified).toUTCString(),
    'accept-ranges': 'bytes',
  };
}

/** One byte range; what cannot be understood is ignored, as S3 does. */
function parseRange(header: string | undefined, size: number) {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!found || (found[1] === '' && found[2] === '')) return undefined;
  const suffix = found[1] === '';
  const start = suffix ? Math.max(0, size - Number(found[2])) : Number(found[1]);
  const end = suffix || found[2] === '' ? size - 1 : Math.min(Number(found[2]), size - 1);
  if (start >= size || start > end) {
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  }
  return { start, end };
}

export const deleteObject: S3Operation = async ({ bucket, key, response }, context) => {
  context.index.requireBucket(bucket);
  const blob = context.index.deleteObject(bucket, key);
  if (blob) {
    removeBlobs(context, [blob]);
    context.changed('Object Deleted', { bucket, key, size: 0, etag: '' });
  }
  response.writeHead(204).end();
};
