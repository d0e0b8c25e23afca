import type { ResourceProvider } from '../service.ts';
import { LOCAL_REGION } from '../shared/arn.ts';
import type { CorsRule } from './cors.ts';
import { type DeclaredRule, type LifecycleRule, lifecycleRules } from './lifecycle.ts';
import type { ObjectIndex } from './object-index.ts';

/** What the template says of a bucket beyond its existence. */
export interface BucketSettings {
  readonly notifies: boolean;
  readonly cors: readonly CorsRule[];
  readonly lifecycle: readonly LifecycleRule[];
}

/** `AWS::S3::Bucket`; a bucket without a name is named after its logical id, the same at every start. */
export function bucketProvider(
  index: ObjectIndex,
  settings: Map<string, BucketSettings>,
): ResourceProvider {
  return {
    type: 'AWS::S3::Bucket',
    properties: {
      BucketName: true,
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      CorsConfiguration: {
        CorsRules: {
          AllowedOrigins: true,
          AllowedMethods: true,
          AllowedHeaders: true,
          ExposedHeaders: true,
          MaxAge: true,
          Id: 'ignored',
        },
      },
      AccessControl: 'ignored',
      BucketEncryption: 'ignored',
      LifecycleConfiguration: {
        Rules: {
          Id: 'ignored',
          Status: true,
          Prefix: true,
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: true },
          ExpirationInDays: true,
          // There are no other versions than the current one.
          NoncurrentVersionExpiration: 'ignored',
        },
      },
      LoggingConfiguration: 'ignored',
      OwnershipControls: 'ignored',
      PublicAccessBlockConfiguration: 'ignored',
      VersioningConfiguration: 'ignored',
      Tags: 'ignored',
    },
    create: (logicalId, properties) => {
      const name = String(properties.BucketName ?? logicalId.toLowerCase().slice(0, 63));
      index.createBucket(name);
      const {
        CorsConfiguration: cors,
        LifecycleConfiguration: lifecycle,
        NotificationConfiguration: notification,
      } = properties as {
        LifecycleConfiguration?: { Rules: readonly DeclaredRule[] };
        CorsConfiguration?: { CorsRules: readonly CorsRule[] };
        NotificationConfiguration?: {
          EventBridgeConfiguration?: { EventBridgeEnabled?: boolean };
        };
      };
      const bridge = notification?.EventBridgeConfiguration;
      settings.set(name, {
        notifies: bridge !== undefined && bridge.EventBridgeEnabled !== false,
        cors: cors?.CorsRules ?? [],
        lifecycle: lifecycleRules(lifecycle?.Rules ?? []),
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
