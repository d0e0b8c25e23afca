import type { S3Operation, S3Request } from '../context.ts';
import { notImplemented } from '../errors.ts';
import * as buckets from './buckets.ts';
import * as copies from './copies.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { listObjectVersions } from './list-versions.ts';
import * as multipart from './multipart.ts';
import * as objects from './objects.ts';
import * as tagging from './tagging.ts';

interface Row {
  readonly on: 'service' | 'bucket' | 'object';
  readonly method: string;
  /** Query parameters that must be there: they tell operations of one method apart. */
  readonly needs: readonly string[];
  readonly takes: readonly string[];
  /** Whether the request must, or must not, name a source to copy from. */
  readonly copies?: boolean;
  readonly run: S3Operation;
}

const row = (
  on: Row['on'],
  method: string,
  run: S3Operation,
  query: { needs?: readonly string[]; takes?: readonly string[]; copies?: boolean } = {},
): Row => ({ needs: [], takes: [], ...query, on, method, run });

const LISTING = ['prefix', 'delimiter', 'max-keys', 'encoding-type'];
const PART = ['uploadId', 'partNumber'];

/** The first row that fits is the operation; a parameter that it does not take is refused. */
const OPERATIONS: readonly Row[] = [
  row('service', 'GET', buckets.listBuckets),
  row('bucket', 'HEAD', buckets.headBucket),
  row('bucket', 'PUT', buckets.createBucket),
  row('bucket', 'DELETE', buckets.deleteBucket),
  row('bucket', 'POST', buckets.deleteObjects, { needs: ['delete'] }),
  row('bucket', 'GET', buckets.getBucketLocation, { needs: ['location'] }),
  row('bucket', 'GET', buckets.getBucketVersioning, { needs: ['versioning'] }),
  row('bucket', 'GET', listObjectVersions, {
    needs: ['versions'],
    takes: ['prefix', 'key-marker', 'version-id-marker', 'max-keys', 'encoding-type'],
  }),
  row('bucket', 'GET', multipart.listMultipartUploads, { needs: ['uploads'], takes: ['prefix'] }),
  row('bucket', 'GET', listObjectsV2, {
    needs: ['list-type'],
    takes: [...LISTING, 'continuation-token', 'start-after', 'fetch-owner'],
  }),
  row('bucket', 'GET', listObjects, { takes: [...LISTING, 'marker'] }),
  row('object', 'PUT', copies.uploadPartCopy, { needs: PART, copies: true }),
  row('object', 'PUT', multipart.uploadPart, { needs: PART, copies: false }),
  row('object', 'PUT', tagging.putObjectTagging, { needs: ['tagging'] }),
  row('object', 'PUT', copies.copyObject, { copies: true }),
  row('object', 'PUT', objects.putObject, { copies: false }),
  row('object', 'POST', multipart.createMultipartUpload, { needs: ['uploads'] }),
  row('object', 'POST', multipart.completeMultipartUpload, { needs: ['uploadId'] }),
  row('object', 'GET', multipart.listParts, {
    needs: ['uploadId'],
    takes: ['max-parts', 'part-number-marker'],
  }),
  row('object', 'GET', tagging.getObjectTagging, { needs: ['tagging'] }),
  row('object', 'GET', objects.getObject, { takes: ['versionId'] }),
  row('object', 'HEAD', objects.getObject, { takes: ['versionId'] }),
  row('object', 'DELETE', multipart.abortMultipartUpload, { needs: ['uploadId'] }),
  row('object', 'DELETE', tagging.deleteObjectTagging, { needs: ['tagging'] }),
  row('object', 'DELETE', objects.deleteObject, { takes: ['versionId'] }),
];

/** The operations by AWS's names, which our functions have, too. */
export const OPERATION_NAMES: readonly string[] = [
  'HeadObject',
  ...OPERATIONS.map(({ run: { name } }) => name.charAt(0).toUpperCase() + name.slice(1)),
];

/** Parameters of the signature and of the SDK, and overrides of the answer's headers. */
const COMMON = /^(x-amz-|x-id$|response-)/i;

/** Throws NotImplemented for what is not kept here, rather than answer something else. */
export function operationOf({ http, bucket, key, query }: S3Request): S3Operation {
  const on = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const copies = http.headers['x-amz-copy-source'] !== undefined;
  const found = OPERATIONS.find(
    (one) =>
      one.on === on &&
      one.method === http.method &&
      one.needs.every((name) => query.has(name)) &&
      (one.copies === undefined || one.copies === copies),
  );
  if (!found) throw notImplemented(`${http.method} on a ${on}`);
  for (const name of query.keys()) {
    if (!COMMON.test(name) && !found.needs.includes(name) && !found.takes.includes(name)) {
      throw notImplemented(`${http.method} with '${name}' on a ${on}`);
    }
  }
  return found.run;
}
