import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import {
  BATCH_LISTS_KEPT_DAYS,
  BATCH_LISTS_PREFIX,
  BUILD_LOGS_KEPT_DAYS,
  BUILD_LOGS_PREFIX,
  QUEUE_KEPT_DAYS,
  QUEUE_PREFIX,
} from '../../functions/serving/env.ts';
import type { Environment } from '../environments.ts';
import { CHECKPOINTS_KEPT_DAYS, CHECKPOINTS_PREFIX } from '../training/training.ts';

/** Parts of an upload that nobody completed are paid for until they are given up. */
const ABANDONED_UPLOADS = Duration.days(7);

/** Days for which objects are of use to anybody, by their prefix. */
const KEPT_DAYS: Readonly<Record<string, number>> = {
  [QUEUE_PREFIX]: QUEUE_KEPT_DAYS,
  [BUILD_LOGS_PREFIX]: BUILD_LOGS_KEPT_DAYS,
  [BATCH_LISTS_PREFIX]: BATCH_LISTS_KEPT_DAYS,
  [CHECKPOINTS_PREFIX]: CHECKPOINTS_KEPT_DAYS,
};

export function artifactsBucket(scope: Construct, environment: Environment): Bucket {
  const bucket = new Bucket(scope, 'artifacts', {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    versioned: environment.retainData,
    lifecycleRules: [
      { abortIncompleteMultipartUploadAfter: ABANDONED_UPLOADS },
      ...Object.entries(KEPT_DAYS).map(([prefix, days]) => ({
        prefix,
        expiration: Duration.days(days),
        noncurrentVersionExpiration: Duration.days(1),
      })),
    ],
    removalPolicy: environment.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  // The construct's own switch would bring a function that changes buckets.
  const { node } = bucket;
  (node.defaultChild as CfnBucket).notificationConfiguration = {
    eventBridgeConfiguration: { eventBridgeEnabled: true },
  };
  return bucket;
}
