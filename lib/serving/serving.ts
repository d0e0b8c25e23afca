import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { QUEUE_PREFIX } from '../../functions/serving/env.ts';
import { ROOT } from '../build/paths.ts';
import { RUNTIME_NAMES, SageMakerProgram } from '../constructs/sagemaker-program.ts';

/**
 * The image that SageMaker serves models with and the role that its containers run under. Endpoints
 * come into being at run time, by the choice of users: nothing here is billed by the hour.
 */
export class Serving extends SageMakerProgram {
  constructor(scope: Construct, bucket: Bucket) {
    super(scope, 'serving', {
      bucket,
      directory: join(ROOT, 'lib/serving/images/python'),
      exclude: ['__pycache__', 'README.md'],
      description: 'Serving containers: read the models, answer what is queued, log.',
      writes: QUEUE_PREFIX,
      logGroup: `/aws/sagemaker/Endpoints/${RUNTIME_NAMES}`,
    });
  }

  /** What `deploy` needs to make endpoints, change them and take them off. */
  grantDeploy(machine: StateMachine): void {
    this.allow(
      machine,
      [
        'CreateModel',
        'DeleteModel',
        'CreateEndpointConfig',
        'DeleteEndpointConfig',
        'CreateEndpoint',
        'UpdateEndpoint',
        'UpdateEndpointWeightsAndCapacities',
        'DescribeEndpoint',
        'DescribeEndpointConfig',
        'DeleteEndpoint',
      ].map((action) => `sagemaker:${action}`),
      ...['model', 'endpoint-config', 'endpoint'].map((kind) =>
        this.arn('sagemaker', `${kind}/${RUNTIME_NAMES}`),
      ),
    );
    this.grantPass(machine);
    this.grantScale(machine);
  }

  grantInvoke(caller: IGrantable): void {
    const endpoints = this.arn('sagemaker', `endpoint/${RUNTIME_NAMES}`);
    this.allow(caller, ['sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointAsync'], endpoints);
  }

  /** What `deploy` needs so that instances come and go with a queue. */
  private grantScale(machine: StateMachine): void {
    const actions = ['RegisterScalableTarget', 'DeregisterScalableTarget', 'PutScalingPolicy'];
    this.allow(
      machine,
      actions.map((action) => `application-autoscaling:${action}`),
      this.arn('application-autoscaling', 'scalable-target/*'),
    );
    this.allow(
      machine,
      ['cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms'],
      this.arn('cloudwatch', `alarm:${RUNTIME_NAMES}`),
    );
    // The first target of an account makes the role that Application Auto Scaling works under.
    const service = 'sagemaker.application-autoscaling.amazonaws.com';
    const { partition, account } = Stack.of(this);
    machine.addToRolePolicy(
      new PolicyStatement({
        actions: ['iam:CreateServiceLinkedRole'],
        resources: [
          `arn:${partition}:iam::${account}:role/aws-service-role/${service}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`,
        ],
        conditions: { StringEquals: { 'iam:AWSServiceName': service } },
      }),
    );
  }
}
