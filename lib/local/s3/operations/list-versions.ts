import { quoted, type S3Operation, sendXml } from '../context.ts';
import { invalidArgument } from '../errors.ts';
import { pageSize, textEncoder } from './list-objects.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export const listObjectVersions: S3Operation = ({ bucket, query, response }, context) => {
  context.index.requireBucket(bucket);
  const [prefix, key] = [query.get('prefix') ?? '', query.get('key-marker') ?? ''];
  const id = query.get('version-id-marker') ?? undefined;
  if (id !== undefined && key === '') throw invalidArgument('version-id-marker');
  const { limit, encode, encoding } = { limit: pageSize(query), ...textEncoder(query) };
  const rows = context.versions.list(bucket, prefix, { key, id }, limit + 1);
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const named = page.map((row, i) => ({
    row,
    about: {
      Key: encode(row.key),
      VersionId: row.blob,
      IsLatest: row.key !== (page[i - 1]?.key ?? (id === undefined ? undefined : key)),
      LastModified: new Date(row.modified).toISOString(),
    },
  }));
  sendXml(response, 200, 'ListVersionsResult', {
    Name: bucket,
    Prefix: encode(prefix),
    KeyMarker: encode(key),
    VersionIdMarker: id,
    NextKeyMarker: last && encode(last.key),
    NextVersionIdMarker: last?.blob,
    MaxKeys: limit,
    EncodingType: encoding,
    IsTruncated: last !== undefined,
    Version: named
      .filter(({ row }) => !row.marker)
      .map(({ row, about }) => ({
        ...about,
        ETag: quoted(row.etag),
        Size: row.size,
        StorageClass: 'STANDARD',
      })),
    DeleteMarker: named.filter(({ row }) => row.marker).map(({ about }) => about),
  });
};
