import { Stack } from 'aws-cdk-lib';
import {
  DockerImageAsset,
  type DockerImageAssetOptions,
  Platform,
} from 'aws-cdk-lib/aws-ecr-assets';
import { type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** Of every job, endpoint, configuration and model that is made at run time. */
export const RUNTIME_NAMES = 'slipway-*';

interface ProgramProps {
  readonly bucket: Bucket;
  /** Folder of the image's Dockerfile. */
  readonly directory: string;
  readonly exclude?: DockerImageAssetOptions['exclude'];
  /** What its containers do, in one sentence. */
  readonly description: string;
  /** Below which keys of the bucket they write. */
  readonly writes: string;
  /** Log groups that they may write to. */
  readonly logGroup: string;
}

/**
 * An image that SageMaker runs and the role that its containers run under: they read the bucket, write
 * below some keys of it, and log.
 */
export class SageMakerProgram extends Construct {
  readonly image: DockerImageAsset;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ProgramProps) {
    super(scope, id);
    const { bucket, directory, exclude } = props;
    this.image = new DockerImageAsset(this, 'image', {
      directory,
      platform: Platform.LINUX_AMD64,
      ...(exclude && { exclude }),
    });
    this.role = new Role(this, 'role', {
      assumedBy: new ServicePrincipal('sagemaker.amazonaws.com'),
      description: props.description,
    });
    this.allow(this.role, ['s3:ListBucket'], bucket.bucketArn);
    this.allow(this.role, ['s3:GetObject'], bucket.arnForObjects('*'));
    const writes = ['s3:PutObject', 's3:AbortMultipartUpload'];
    this.allow(this.role, writes, bucket.arnForObjects(`${props.writes}*`));
    this.image.repository.grantPull(this.role);
    this.allow(
      this.role,
      ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      this.arn('logs', `log-group:${props.logGroup}`),
    );
  }

  /** Whoever starts containers has to hand them their role. */
  protected grantPass(machine: StateMachine): void {
    machine.addToRolePolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      }),
    );
  }

  protected allow(to: IGrantable, actions: string[], ...resources: string[]): void {
    to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
  }

  protected arn(service: string, resource: string): string {
    const { partition, region, account } = Stack.of(this);
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }
}
