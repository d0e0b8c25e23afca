import { LOCAL_REGION } from '../../shared/arn.ts';
import { AwsError } from '../../shared/aws-error.ts';
import { type Content, elements, textOf } from '../../shared/xml.ts';
import { readXml, type S3Operation, sendEmpty, sendXml } from '../context.ts';
import { malformedXml } from '../errors.ts';
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

export const getBucketVersioning: S3Operation = ({ bucket, response }, { index, versions }) => {
  index.requireBucket(bucket);
  const Status = versions.areKeptIn(bucket) ? 'Enabled' : undefined;
  sendXml(response, 200, 'VersioningConfiguration', { Status });
};

export const deleteObjects: S3Operation = async ({ bucket, http, response }, context) => {
  context.index.requireBucket(bucket);
  const request = await readXml(http, XML_LIMIT);
  const objects = elements(request, 'Object');
  if (objects.length === 0 || objects.length > MAX_DELETED) {
    throw malformedXml(`Between 1 and ${MAX_DELETED} objects must be named`);
  }
  const named = objects.map((object) => {
    const key = textOf(object, 'Key');
    if (key === undefined) throw malformedXml('An object has no key');
    return { bucket, key, version: textOf(object, 'VersionId') };
  });
  const deleted: Content[] = [];
  for (const one of named) {
    const { marker } = await removeObject(one, context);
    const DeleteMarker = marker === undefined ? undefined : true;
    const about = { VersionId: one.version, DeleteMarker, DeleteMarkerVersionId: marker };
    deleted.push({ Key: one.key, ...about });
  }
  const quiet = textOf(request, 'Quiet') === 'true';
  sendXml(response, 200, 'DeleteResult', { Deleted: quiet ? [] : deleted });
};
