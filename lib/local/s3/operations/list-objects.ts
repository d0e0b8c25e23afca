import { quoted, type S3Operation, type S3Request, sendXml } from '../context.ts';
import { invalidArgument } from '../errors.ts';
import type { ObjectIndex } from '../object-index.ts';
import { LAST, type ObjectRow } from '../object-row.ts';

const PAGE = 1000;

/** Rows fetched at once where keys are folded into common prefixes: most of them are skipped. */
const FOLDED_PAGE = 100;

interface Listing {
  readonly objects: readonly ObjectRow[];
  readonly prefixes: readonly string[];
  /** Where the next page starts; undefined when this is the last. */
  readonly next: string | undefined;
}

/** A page of keys behind `after`; each common prefix counts as one, however many keys it holds. */
export function listPage(
  index: ObjectIndex,
  from: { bucket: string; prefix: string; delimiter: string; after: string; limit: number },
): Listing {
  const { bucket, prefix, delimiter, limit } = from;
  const objects: ObjectRow[] = [];
  const prefixes: string[] = [];
  let after = from.after;
  for (;;) {
    const rows = index.list(bucket, prefix, after, delimiter ? FOLDED_PAGE : limit + 1);
    if (rows.length === 0) return { objects, prefixes, next: undefined };
    for (const row of rows) {
      if (objects.length + prefixes.length >= limit) return { objects, prefixes, next: after };
      const cut = delimiter ? row.key.indexOf(delimiter, prefix.length) : -1;
      if (cut >= 0) {
        const common = row.key.slice(0, cut + delimiter.length);
        prefixes.push(common);
        // The next look-up starts behind everything that the prefix holds.
        after = common + LAST;
        break;
      }
      objects.push(row);
      after = row.key;
    }
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const listObjectsV2: S3Operation = (request, { index }) => {
  const { bucket, query, response } = request;
  index.requireBucket(bucket);
  const token = query.get('continuation-token');
  const start = query.get('start-after') ?? '';
  const after = token === null ? start : Buffer.from(token, 'base64url').toString();
  const page = pageOf(request, index, after);
  sendXml(response, 200, 'ListBucketResult', {
    ...page.content,
    StartAfter: start === '' ? undefined : page.encode(start),
    KeyCount: page.count,
    ContinuationToken: token ?? undefined,
    NextContinuationToken:
      page.next === undefined ? undefined : Buffer.from(page.next).toString('base64url'),
  });
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export const listObjects: S3Operation = (request, { index }) => {
  const { bucket, query, response } = request;
  index.requireBucket(bucket);
  const marker = query.get('marker') ?? '';
  // A marker that is a common prefix was shown as one: what it holds has been listed.
  const delimiter = query.get('delimiter') ?? '';
  const isPrefix = delimiter !== '' && marker.endsWith(delimiter);
  const page = pageOf(request, index, isPrefix ? marker + LAST : marker);
  const next = page.next?.endsWith(LAST) ? page.next.slice(0, -LAST.length) : page.next;
  sendXml(response, 200, 'ListBucketResult', {
    ...page.content,
    Marker: page.encode(marker),
    NextMarker: next === undefined ? undefined : page.encode(next),
  });
};

function pageOf({ bucket, query }: S3Request, index: ObjectIndex, after: string) {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = pageSize(query);
  const { encode, encoding } = textEncoder(query);
  const { objects, prefixes, next } =
    limit === 0
      ? { objects: [], prefixes: [], next: undefined }
      : listPage(index, { bucket, prefix, delimiter, after, limit });
  const content = {
    Name: bucket,
    Prefix: encode(prefix),
    MaxKeys: limit,
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: encoding,
    IsTruncated: next !== undefined,
    Contents: objects.map((row) => ({
      Key: encode(row.key),
      LastModified: new Date(row.modified).toISOString(),
      ETag: quoted(row.etag),
      ChecksumAlgorithm: row.checksum?.algorithm.toUpperCase(),
      ChecksumType: row.checksum?.type,
      Size: row.size,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: prefixes.map((common) => ({ Prefix: encode(common) })),
  };
  return { content, next, encode, count: objects.length + prefixes.length };
}

/** How many are asked for. */
export function pageSize(query: URLSearchParams): number {
  const asked = Number(query.get('max-keys') ?? PAGE);
  if (!Number.isInteger(asked) || asked < 0) throw invalidArgument('max-keys');
  return Math.min(asked, PAGE);
}

/** How keys are written, and what that is called. */
export function textEncoder(query: URLSearchParams) {
  const encoding = query.get('encoding-type') ?? undefined;
  if (encoding !== undefined && encoding !== 'url') throw invalidArgument('encoding-type');
  return { encoding, encode: encoding ? encodeKey : (key: string) => key };
}

const encodeKey = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/');
