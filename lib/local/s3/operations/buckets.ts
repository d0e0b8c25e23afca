import type { XmlElement } from '@rgrove/parse-xml';
import { LOCAL_REGION } from '../../shared/arn.ts';
import { AwsError } from '../../shared/aws-error.ts';
import { type Content, elements, textOf } from '../../shared/xml.ts';
import { isBucketName } from '../bucket-name.ts';
import { deleteCheck } from '../conditions.ts';
import { readCheckedXml, type S3Operation, sendEmpty, sendXml } from '../context.ts';
import { asS3Error, malformedXml, notImplemented } from '../errors.ts';
import { removeObject } from './objects.ts';

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
  if (!isBucketName(bucket)) {
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

export const getBucketVersioning: S3Operation = ({ bucket, response }, { index, versions }) => {
  index.requireBucket(bucket);
  const Status = versions.areKeptIn(bucket) ? 'Enabled' : undefined;
  sendXml(response, 200, 'VersioningConfiguration', { Status });
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export const deleteObjects: S3Operation = async ({ bucket, http, response }, context) => {
  context.index.requireBucket(bucket);
  const request = await readCheckedXml(http, XML_LIMIT);
  const objects = elements(request, 'Object');
  if (objects.length === 0 || objects.length > MAX_DELETED) {
    throw malformedXml(`Between 1 and ${MAX_DELETED} objects must be named`);
  }
  const Deleted: Content[] = [];
  const failed: Content[] = [];
  for (const { key, version, etag } of objects.map(namedObject)) {
    try {
      const check = deleteCheck(etag);
      const { marker } = await removeObject({ bucket, key, version }, context, check);
      const DeleteMarker = marker === undefined ? undefined : true;
      Deleted.push({ Key: key, VersionId: version, DeleteMarker, DeleteMarkerVersionId: marker });
    } catch (error) {
      const { code: Code, message: Message, status } = asS3Error(error);
      // What the host cannot do is no matter of one object.
      if (status >= 500) throw error;
      failed.push({ Key: key, VersionId: version, Code, Message });
    }
  }
  const quiet = textOf(request, 'Quiet') === 'true';
  sendXml(response, 200, 'DeleteResult', { Deleted: quiet ? [] : Deleted, Error: failed });
};

function namedObject(object: XmlElement) {
  const key = textOf(object, 'Key');
  if (key === undefined) throw malformedXml('An object has no key');
  const [version, etag] = [textOf(object, 'VersionId'), textOf(object, 'ETag')];
  // AWS has these two for directory buckets only.
  const unknown = ['LastModifiedTime', 'Size'].find((name) => textOf(object, name) !== undefined);
  if (unknown) throw notImplemented(`${unknown} as a condition`);
  if (version !== undefined && etag !== undefined) {
    throw notImplemented('A condition on a version that is deleted');
  }
  return { key, version, etag };
}
