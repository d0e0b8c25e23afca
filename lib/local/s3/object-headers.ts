import type { IncomingHttpHeaders } from 'node:http';
import { checksumHeaders } from './checksums.ts';
import { quoted } from './context.ts';
import { invalidArgument } from './errors.ts';
import type { ObjectRow } from './object-row.ts';

const KEPT = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-language',
  'expires',
];

const MAX_METADATA = 2048;
const MAX_TAGS = 10;

/** Request headers that come back with the object. Throws for too much metadata. */
export function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  let metadata = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const text = String(value);
    if (KEPT.includes(name)) kept[name] = text;
    if (name === 'content-encoding') {
      const parts = text.split(',').map((part) => part.trim());
      const encoding = parts.filter((part) => part !== 'aws-chunked').join(',');
      if (encoding) kept[name] = encoding;
    }
    if (name.startsWith('x-amz-meta-')) {
      metadata += name.length - 'x-amz-meta-'.length + text.length;
      kept[name] = text;
    }
  }
  if (metadata > MAX_METADATA) throw invalidArgument(`Metadata above ${MAX_METADATA} bytes`);
  return kept;
}

/** Tags in the header's form `a=1&b=2`. */
export function taggingHeader(headers: IncomingHttpHeaders): Record<string, string> {
  return checkTags([...new URLSearchParams(String(headers['x-amz-tagging'] ?? ''))]);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
export function checkTags(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const tags = Object.fromEntries(pairs);
  if (pairs.length > MAX_TAGS || Object.keys(tags).length < pairs.length) {
    throw invalidArgument(`At most ${MAX_TAGS} tags, each key once`);
  }
  for (const [key, value] of pairs) {
    if (key === '' || key.length > 128 || value.length > 256) {
      throw invalidArgument('A tag has a key of 1 to 128 and a value of up to 256 characters');
    }
  }
  return tags;
}

/** Headers of a GET or HEAD; a range must not be held against the whole object's checksum. */
export function objectHeaders(row: ObjectRow, withChecksum: boolean): Record<string, string> {
  const tags = Object.keys(row.tags).length;
  return {
    'content-type': 'binary/octet-stream',
    ...row.headers,
    ...(withChecksum && checksumHeaders(row.checksum)),
    ...(tags > 0 && { 'x-amz-tagging-count': String(tags) }),
    etag: quoted(row.etag),
    'last-modified': new Date(row.modified).toUTCString(),
    'accept-ranges': 'bytes',
  };
}
