import { createReadStream } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { checksumElement, UploadDigests } from '../checksums.ts';
import { readCheck, writeCheck } from '../conditions.ts';
import { quoted, type S3Operation, sendXml, versionHeader } from '../context.ts';
import { invalidArgument, invalidRequest, preconditionFailed } from '../errors.ts';
import { keptHeaders, taggingHeader } from '../object-headers.ts';
import type { ObjectRow } from '../object-row.ts';
import { partNumber } from './multipart.ts';
import { parseRange } from './objects.ts';
import { type NamedObject, storeObject, withObject } from './store-object.ts';

export const copyObject: S3Operation = async ({ bucket, key, http, response }, context) => {
  const from = copySource(http.headers);
  const replaceHeaders = isReplaced(http.headers, 'x-amz-metadata-directive');
  const replaceTags = isReplaced(http.headers, 'x-amz-tagging-directive');
  if (from.bucket === bucket && from.key === key && !from.version && !replaceHeaders) {
    throw invalidRequest('A copy onto itself must change the metadata');
  }
  const own = keptHeaders(http.headers);
  const check = writeCheck(http.headers);
  const copied = await withObject(context, from, async (source) => {
    checkSource(http.headers, source);
    return { source, blob: await context.blobs.duplicate(source.blob) };
  });
  const { source, blob } = copied;
  const object = {
    ...source,
    bucket,
    key,
    blob,
    headers: replaceHeaders ? own : source.headers,
    tags: replaceTags ? taggingHeader(http.headers) : source.tags,
    reason: 'CopyObject',
  };
  const row = await storeObject(object, context, check);
  const modified = new Date(row.modified).toISOString();
  for (const [name, value] of Object.entries(versionHeader(context, row))) {
    response.setHeader(name, value);
  }
  sendXml(response, 200, 'CopyObjectResult', { ETag: quoted(row.etag), LastModified: modified });
};

export const uploadPartCopy: S3Operation = async (request, context) => {
  const { bucket, key, http, query, response } = request;
  const upload = context.uploads.require(query.get('uploadId') ?? '', bucket, key);
  const number = partNumber(query);
  const from = copySource(http.headers);
  const header = http.headers['x-amz-copy-source-range'] as string | undefined;
  const digests = new UploadDigests({}, upload.algorithm);
  const { id, size } = await withObject(context, from, async (source) => {
    checkSource(http.headers, source);
    const range = parseRange(header, source.size);
    if (header !== undefined && !range) throw invalidArgument('x-amz-copy-source-range');
    const stream = createReadStream(context.blobs.path(source.blob), { ...range });
    return context.blobs.write(stream as AsyncIterable<Buffer>, (chunk) => digests.update(chunk));
  });
  const sums = await digests.finish();
  const part = { number, blob: id, size, modified: Date.now(), ...sums };
  await context.blobs.discard(context.uploads.putPart(upload, part));
  sendXml(response, 200, 'CopyPartResult', {
    ETag: quoted(part.etag),
    LastModified: new Date(part.modified).toISOString(),
    ...checksumElement(sums.checksum),
  });
};

function copySource(headers: IncomingHttpHeaders): NamedObject {
  const [path = '', query = ''] = String(headers['x-amz-copy-source']).split('?', 2);
  const version = new URLSearchParams(query).get('versionId');
  const source = decodeURIComponent(path).replace(/^\//, '');
  const slash = source.indexOf('/');
  if (slash < 1 || slash === source.length - 1) throw invalidArgument('x-amz-copy-source');
  return { bucket: source.slice(0, slash), key: source.slice(slash + 1), version };
}

function isReplaced(headers: IncomingHttpHeaders, name: string): boolean {
  const directive = headers[name] ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') throw invalidArgument(name);
  return directive === 'REPLACE';
}

/** A copy has no 304: a source that is not as wanted refuses it. */
function checkSource(headers: IncomingHttpHeaders, source: ObjectRow): void {
  if (readCheck(headers, source, 'x-amz-copy-source-') === 'unchanged') throw preconditionFailed();
}
