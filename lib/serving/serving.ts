import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ROOT } from '../build/paths.ts';

/** Of every endpoint, configuration and model that is made at run time. */
const NAMES = 'slipway-*';

/**
 * The image that SageMaker serves models with and the role that its containers run under. Endpoints
 * come into being at run time, by the choice of users: nothing here is billed by the hour.
 */
export class Serving extends Construct {
  readonly image: DockerImageAsset;
  readonly role: Role;

  constructor(scope: Construct, bucket: Bucket) {
    super(scope, 'serving');
    this.image = new DockerImageAsset(this, 'python-image', {
      directory: join(ROOT, 'lib/serving/images/python'),
      platform: Platform.LINUX_AMD64,
      exclude: ['__pycache__', 'README.md'],
    });
    this.role = new Role(this, 'role', {
      assumedBy: new ServicePrincipal('sagemaker.amazonaws.com'),
      description: 'Serving containers: read the models, log.',
    });
    this.allow(this.role, ['s3:ListBucket'], bucket.bucketArn);
    this.allow(this.role, ['s3:GetObject'], bucket.arnForObjects('*'));
    this.image.repository.grantPull(this.role);
    this.allow(
      this.role,
      ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      this.arn('logs', `log-group:/aws/sagemaker/Endpoints/${NAMES}`),
    );
  }

  /** What `deploy` needs to make endpoints, change them and take them off. */
  grantDeploy(machine: StateMachine): void {
    this.allow(
      machine,
      [
        ...['CreateModel', 'DeleteModel', 'CreateEndpointConfig', 'DeleteEndpointConfig'],
        ...['CreateEndpoint', 'UpdateEndpoint', 'UpdateEndpointWeightsAndCapacities'],
        ...['DescribeEndpoint', 'DeleteEndpoint'],
      ].map((action) => `sagemaker:${action}`),
      ...['model', 'endpoint-config', 'endpoint'].map((kind) =>
        this.arn('sagemaker', `${kind}/${NAMES}`),
      ),
    );
    machine.addToRolePolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      }),
    );
  }

  grantInvoke(caller: IGrantable): void {
    this.allow(caller, ['sagemaker:InvokeEndpoint'], this.arn('sagemaker', `endpoint/${NAMES}`));
  }

  private allow(to: IGrantable, actions: string[], ...resources: string[]): void {
    to.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
  }

  private arn(service: string, resource: string): string {
    const { partition, region, account } = Stack.of(this);
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }
}
