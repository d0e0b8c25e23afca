import { join } from 'node:path';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { DIST } from '../build/paths.ts';
import { RUNTIME_NAMES, SageMakerProgram } from '../constructs/sagemaker-program.ts';

/** Where `train.asl.json` has the checkpoints of jobs kept. */
export const CHECKPOINTS_PREFIX = 'training/checkpoints/';

/** Days that they are kept for: a spot job may wait for an instance, and somebody may look at what is left of one. */
export const CHECKPOINTS_KEPT_DAYS = 30;

/** The built-in training image and the role that its SageMaker jobs run under. */
export class Training extends SageMakerProgram {
  constructor(scope: Construct, bucket: Bucket) {
    super(scope, 'training', {
      bucket,
      directory: join(DIST, 'images/gbdt'),
      description: 'Training jobs: read the data, write the model, log.',
      writes: 'training/',
      logGroup: '/aws/sagemaker/TrainingJobs:*',
    });
  }

  /** What `createTrainingJob.sync` needs: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html */
  grantStart(machine: StateMachine): void {
    this.allow(
      machine,
      [
        'sagemaker:CreateTrainingJob',
        'sagemaker:DescribeTrainingJob',
        'sagemaker:StopTrainingJob',
        'sagemaker:AddTags',
      ],
      this.arn('sagemaker', `training-job/${RUNTIME_NAMES}`),
    );
    this.grantPass(machine);
    this.allow(
      machine,
      ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      this.arn('events', 'rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule'),
    );
  }
}
