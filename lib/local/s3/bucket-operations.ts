import { XMLParser } from 'fast-xml-parser';
import { readBody } from '../shared/body.ts';
import type { ObjectRow } from './object-index.ts';
import { removeBlobs, type S3Operation } from './s3-context.ts';
import { element, sendXml, Xml } from './s3-error.ts';

const parser = new XMLParser({
  isArray: (name) => name === 'Object' || name === 'Part',
  parseTagValue: false,
});
const XML_LIMIT = 2 * 1024 * 1024;

/** The body of a request as an object; element texts stay texts. */
export async function readXml(request: Parameters<S3Operation>[0]): Promise<Record<string, never>> {
  return parser.parse(await readBody(request.http, XML_LIMIT)) as Record<string, never>;
}

export const listBuckets: S3Operation = async ({ response }, context) => {
  const buckets = context.index
    .buckets()
    .map(({ name, created }) =>
      element('Bucket', { Name: name, CreationDate: new Date(created).toISOString() }),
    );
  const owner = new Xml(element('Owner', { ID: 'local' }));
  const list = new Xml(`<Buckets>${buckets.join('')}</Buckets>`);
  sendXml(response, 200, element('ListAllMyBucketsResult', { Owner: owner, Buckets: list }));
};

export const headBucket: S3Operation = async ({ bucket, response }, context) => {
  context.index.requireBucket(bucket);
  response.writeHead(200).end();
};

export const createBucket: S3Operation = async ({ bucket, response }, context) => {
  context.index.createBucket(bucket);
  response.writeHead(200, { location: `/${bucket}`, 'content-length': 0 }).end();
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const listObjects: S3Operation = async ({ bucket, query, response }, context) => {
  context.index.requireBucket(bucket);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  const token = query.get('continuation-token');
  let after = token ? Buffer.from(token, 'base64url').toString() : (query.get('start-after') ?? '');
  const objects: ObjectRow[] = [];
  const prefixes: string[] = [];
  let truncated = false;
  // A common prefix is one answer however many keys it holds: the next look-up starts behind it.
  scan: while (limit > 0) {
    const rows = context.index.list(bucket, prefix, after, delimiter ? 100 : limit + 1);
    if (rows.length === 0) break;
    for (const row of rows) {
      if (objects.length + prefixes.length >= limit) {
        truncated = true;
        break scan;
      }
      const cut = delimiter ? row.key.indexOf(delimiter, prefix.length) : -1;
      if (cut < 0) {
        objects.push(row);
        after = row.key;
        continue;
      }
      const common = row.key.slice(0, cut + delimiter.length);
      prefixes.push(common);
      after = `${common}\u{10ffff}`;
      continue scan;
    }
  }
  const encode = query.get('encoding-type') === 'url' ? encodeKey : (key: string) => key;
  sendXml(
    response,
    200,
    element('ListBucketResult', {
      Name: bucket,
      Prefix: encode(prefix),
      KeyCount: objects.length + prefixes.length,
      MaxKeys: limit,
      Delimiter: delimiter || undefined,
      EncodingType: query.get('encoding-type') ?? undefined,
      IsTruncated: truncated,
      NextContinuationToken: truncated ? Buffer.from(after).toString('base64url') : undefined,
      Contents: objects.map(
        (row) =>
          new Xml(
            element('Contents', {
              Key: encode(row.key),
              LastModified: new Date(row.modified).toISOString(),
              ETag: `"${row.etag}"`,
              Size: row.size,
              StorageClass: 'STANDARD',
            }),
          ),
      ),
      CommonPrefixes: prefixes.map(
        (common) => new Xml(element('CommonPrefixes', { Prefix: encode(common) })),
      ),
    }),
  );
};

const encodeKey = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/');

export const deleteObjects: S3Operation = async (request, context) => {
  const { bucket, response } = request;
  context.index.requireBucket(bucket);
  const body = (await readXml(request)) as {
    Delete?: { Object?: { Key: string }[]; Quiet?: string };
  };
  const deleted: string[] = [];
  for (const { Key: key } of body.Delete?.Object ?? []) {
    const blob = context.index.deleteObject(bucket, key);
    removeBlobs(context, [blob]);
    if (blob) context.changed('Object Deleted', { bucket, key, size: 0, etag: '' });
    deleted.push(element('Deleted', { Key: key }));
  }
  const shown = body.Delete?.Quiet === 'true' ? [] : deleted;
  sendXml(response, 200, `<DeleteResult>${shown.join('')}</DeleteResult>`);
};
