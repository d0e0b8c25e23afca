import type { ResourceProvider } from '../service.ts';
import { LOCAL_REGION } from '../shared/arn.ts';
import { UnsupportedError } from '../shared/properties.ts';
import { isBucketName } from './bucket-name.ts';
import { type LifecycleRule, lifecycleRules } from './lifecycle.ts';
import type { ObjectIndex } from './object-index.ts';

/** What the template says of a bucket beyond its existence. */
export interface BucketSettings {
  readonly notifies: boolean;
  readonly versioned: boolean;
  readonly lifecycle: readonly LifecycleRule[];
}

const BUCKET_PROPERTIES = {
  BucketName: true,
  NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
  AccessControl: 'ignored',
  BucketEncryption: 'ignored',
  LifecycleConfiguration: {
    Rules: {
      Id: 'ignored',
      Status: true,
      Prefix: true,
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: true },
      ExpirationInDays: true,
      NoncurrentVersionExpiration: { NoncurrentDays: true },
    },
  },
  LoggingConfiguration: 'ignored',
  OwnershipControls: 'ignored',
  PublicAccessBlockConfiguration: 'ignored',
  VersioningConfiguration: { Status: true },
  Tags: 'ignored',
} as const;

/** `AWS::S3::Bucket`; a bucket without a name is named after its logical id, the same at every start. */
export function bucketProvider(
  index: ObjectIndex,
  settings: Map<string, BucketSettings>,
): ResourceProvider {
  return {
    type: 'AWS::S3::Bucket',
    properties: BUCKET_PROPERTIES,
    create: (logicalId, properties) => {
      const { BucketName: given } = properties;
      if (given !== undefined && !isBucketName(String(given))) {
        throw new UnsupportedError(
          `${logicalId}: BucketName ${String(given)} is none that S3 takes`,
        );
      }
      const name = String(given ?? logicalId.toLowerCase().slice(0, 63));
      const {
        LifecycleConfiguration: lifecycle,
        NotificationConfiguration: notification,
        VersioningConfiguration: versioning,
      } = properties as {
        VersioningConfiguration?: { Status?: string };
        LifecycleConfiguration?: { Rules?: unknown };
        NotificationConfiguration?: {
          EventBridgeConfiguration?: { EventBridgeEnabled?: boolean };
        };
      };
      if (versioning && versioning.Status !== 'Enabled') {
        throw new UnsupportedError(`${logicalId}: versioning ${String(versioning.Status)}`);
      }
      index.createBucket(name);
      const bridge = notification?.EventBridgeConfiguration;
      settings.set(name, {
        notifies: bridge !== undefined && bridge.EventBridgeEnabled !== false,
        versioned: versioning !== undefined,
        lifecycle: lifecycleRules(logicalId, lifecycle?.Rules ?? []),
      });
      return {
        ref: name,
        attributes: {
          Arn: `arn:aws:s3:::${name}`,
          DomainName: `${name}.s3.amazonaws.com`,
          RegionalDomainName: `${name}.s3.${LOCAL_REGION}.amazonaws.com`,
        },
      };
    },
  };
}
