import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DIST } from '../build/paths.ts';

/** The built-in training image and the role that its SageMaker jobs run under. */
export class Training extends Construct {
  readonly image: DockerImageAsset;
  readonly role: Role;

  constructor(scope: Construct, bucket: Bucket) {
    super(scope, 'training');
    this.image = new DockerImageAsset(this, 'gbdt-image', {
      directory: join(DIST, 'images/gbdt'),
      platform: Platform.LINUX_AMD64,
    });
    this.role = new Role(this, 'role', {
      assumedBy: new ServicePrincipal('sagemaker.amazonaws.com'),
      description: 'Training jobs: read the data, write the model, log.',
    });
    this.allow(['s3:ListBucket'], bucket.bucketArn);
    this.allow(['s3:GetObject'], bucket.arnForObjects('*'));
    this.allow(['s3:PutObject', 's3:AbortMultipartUpload'], bucket.arnForObjects('training/*'));
    this.image.repository.grantPull(this.role);
    this.allow(
      ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      this.arn('logs', 'log-group:/aws/sagemaker/TrainingJobs:*'),
    );
  }

  /** What `createTrainingJob.sync` needs: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html */
  grantStart(machine: StateMachine): void {
    machine.addToRolePolicy(
      new PolicyStatement({
        actions: [
          'sagemaker:CreateTrainingJob',
          'sagemaker:DescribeTrainingJob',
          'sagemaker:StopTrainingJob',
          'sagemaker:AddTags',
        ],
        resources: [this.arn('sagemaker', 'training-job/slipway-*')],
      }),
    );
    machine.addToRolePolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      }),
    );
    machine.addToRolePolicy(
      new PolicyStatement({
        actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        resources: [this.arn('events', 'rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule')],
      }),
    );
  }

  private allow(actions: string[], resource: string): void {
    this.role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
  }

  private arn(service: string, resource: string): string {
    const { partition, region, account } = Stack.of(this);
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }
}
