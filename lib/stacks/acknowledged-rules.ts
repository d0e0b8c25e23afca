import { type Stack, Validations } from 'aws-cdk-lib';

const PARTITION = 'arn:<AWS::Partition>';
const HERE = '<AWS::Region>:<AWS::AccountId>';

/** Rules of cdk-nag that do not hold here, each with its reason. */
const ACKNOWLEDGED: readonly { readonly id: string; readonly reason: string }[] = [
  {
    id: 'AwsSolutions::AwsSolutions-S1',
    reason:
      'All access to the bucket goes through functions that log it; a log bucket would bill twice.',
  },
  {
    id: 'AwsSolutions::AwsSolutions-SQS3',
    reason: 'These queues are themselves the dead-letter queues of streams.',
  },
  {
    id: 'Serverless::Serverless-SQSRedrivePolicy',
    reason: 'These queues are themselves dead-letter queues.',
  },
  {
    id: 'Serverless::Serverless-LambdaDLQ',
    reason:
      'Functions are called by the API, by queues with a redrive policy, by streams with a failure queue, or by state machines with Catch; none asynchronously.',
  },
  {
    id: 'Serverless::Serverless-LambdaEventSourceMappingDestination',
    reason: 'The mapping reads a queue: its redrive policy is the destination of what fails.',
  },
  {
    id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]',
    reason: 'Tracing, log delivery and the token of the image registry have no resource to name.',
  },
  {
    id: 'AwsSolutions::AwsSolutions-IAM5[Resource::<artifacts7424475B.Arn>/*]',
    reason: 'Objects of the one bucket: their keys come into being with runs.',
  },
  {
    id: 'AwsSolutions::AwsSolutions-IAM5[Resource::<artifacts7424475B.Arn>/training/*]',
    reason: 'Outputs of training jobs: their keys come into being with the jobs.',
  },
  {
    id: 'AwsSolutions::AwsSolutions-IAM5[Resource::<artifacts7424475B.Arn>/environments/*]',
    reason: 'Environments of Python models: their keys are digests of what the models require.',
  },
  {
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${PARTITION}:logs:${HERE}:log-group:/aws/sagemaker/TrainingJobs:*]`,
    reason: 'SageMaker names the log streams of its jobs.',
  },
  {
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${PARTITION}:sagemaker:${HERE}:training-job/slipway-*]`,
    reason: 'Training jobs are named after executions.',
  },
  {
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${PARTITION}:logs:${HERE}:log-group:/aws/sagemaker/Endpoints/slipway-*]`,
    reason: 'SageMaker names the log groups of its endpoints after them.',
  },
  {
    id: 'AwsSolutions::AwsSolutions-IAM5[Resource::<artifacts7424475B.Arn>/inference-queue/*]',
    reason: 'Answers of queued requests: SageMaker names their objects.',
  },
  {
    id: 'AwsSolutions::AwsSolutions-IAM5[Resource::<artifacts7424475B.Arn>/inference-*]',
    reason: 'Queued requests and large rows of the log: their keys come into being with requests.',
  },
  {
    id: 'AwsSolutions::AwsSolutions-IAM5[Resource::<artifacts7424475B.Arn>/inference-batches/*]',
    reason: 'Lists of the parts of batches: their keys come into being with the batches.',
  },
  {
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${PARTITION}:application-autoscaling:${HERE}:scalable-target/*]`,
    reason: 'Application Auto Scaling names its targets.',
  },
  {
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${PARTITION}:cloudwatch:${HERE}:alarm:slipway-*]`,
    reason: 'Alarms of queues are named after what SageMaker serves.',
  },
  ...['endpoint', 'endpoint-config', 'model'].map((kind) => ({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${PARTITION}:sagemaker:${HERE}:${kind}/slipway-*]`,
    reason: 'What SageMaker serves comes into being at run time, named after endpoints of users.',
  })),
];

/** `prefix`: what names of the environment begin with. */
export function acknowledgeRules(stack: Stack, prefix: string): void {
  const schedules = {
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${PARTITION}:scheduler:${HERE}:schedule/${prefix}-pipelines/*]`,
    reason: 'Schedules of the one group are named after pipelines that users define.',
  };
  const topics = {
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${PARTITION}:sns:${HERE}:${prefix}-notify-*]`,
    reason: 'Topics that users name in policies and pipelines: only those whose names begin so.',
  };
  const queues = {
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${PARTITION}:sqs:${HERE}:${prefix}-results-*]`,
    reason: 'Queues that users name for results of batches: only those whose names begin so.',
  };
  const iterations = [':*', '/*:*'].map((names) => ({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${PARTITION}:states:${HERE}:execution:${prefix}-batch-inference${names}]`,
    reason: 'Iterations of its distributed Map are executions that Step Functions names.',
  }));
  for (const rule of [...ACKNOWLEDGED, schedules, topics, queues, ...iterations])
    Validations.of(stack).acknowledge(rule);
}
