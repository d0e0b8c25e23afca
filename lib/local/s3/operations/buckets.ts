import { LOCAL_REGION } from '../../shared/arn.ts';
import { AwsError } from '../../shared/aws-error.ts';
import { elements, textOf } from '../../shared/xml.ts';
import { readXml, type S3Operation, sendEmpty, sendXml } from '../context.ts';
import { malformedXml, notImplemented } from '../errors.ts';
import { objectDeleted } from '../notices.ts';

/** Bytes of a list of 1,000 keys. */
const XML_LIMIT = 2 * 1024 * 1024;

const MAX_DELETED = 1000;

export const listBuckets: S3Operation = ({ response }, { index }) => {
  const buckets = index.buckets().map(({ name, created }) => ({
    Name: name,
    CreationDate: new Date(created).toISOString(),
  }));
  sendXml(response, 200, 'ListAllMyBucketsResult', {
    Buckets: { Bucket: buckets },
    Owner: { ID: 'local' },
  });
};

export const headBucket: S3Operation = ({ bucket, response }, { index }) => {
  index.requireBucket(bucket);
  sendEmpty(response, 200, { 'x-amz-bucket-region': LOCAL_REGION });
};

export const createBucket: S3Operation = ({ bucket, response }, { index }) => {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
  }
  index.createBucket(bucket);
  sendEmpty(response, 200, { location: `/${bucket}` });
};

export const deleteBucket: S3Operation = ({ bucket, response }, { index }) => {
  index.deleteBucket(bucket);
  sendEmpty(response, 204);
};

export const getBucketLocation: S3Operation = ({ bucket, response }, { index }) => {
  index.requireBucket(bucket);
  // The first region has an empty constraint.
  sendXml(response, 200, 'LocationConstraint', '');
};

/** No bucket here keeps versions. */
export const getBucketVersioning: S3Operation = ({ bucket, response }, { index }) => {
  index.requireBucket(bucket);
  sendXml(response, 200, 'VersioningConfiguration', '');
};

export const deleteObjects: S3Operation = async ({ bucket, http, response }, context) => {
  context.index.requireBucket(bucket);
  const request = await readXml(http, XML_LIMIT);
  const objects = elements(request, 'Object');
  if (objects.length === 0 || objects.length > MAX_DELETED) {
    throw malformedXml(`Between 1 and ${MAX_DELETED} objects must be named`);
  }
  const keys = objects.map((object) => {
    if (textOf(object, 'VersionId')) throw notImplemented('Deleting a version');
    const key = textOf(object, 'Key');
    if (key === undefined) throw malformedXml('An object has no key');
    return key;
  });
  for (const key of keys) {
    const notice = context.notifies(bucket) ? objectDeleted(bucket, key) : undefined;
    const removed = context.index.remove(bucket, key, () => {}, notice);
    if (removed) await context.blobs.discard([removed.blob]);
  }
  context.outbox.flush();
  const quiet = textOf(request, 'Quiet') === 'true';
  sendXml(response, 200, 'DeleteResult', { Deleted: quiet ? [] : keys.map((Key) => ({ Key })) });
};
