import { pipelineSchema } from '../../../functions/pipelines/pipeline.ts';
import { toTrainingJob } from '../../../functions/pipelines/training/training-job.ts';
import { definitionOf, runDefinition } from '../../support/state-machines/run-definition.ts';
import { payload } from '../../support/state-machines/stubs.ts';

// Prints, as the recorder does, what `train` asks of SageMaker for pipelines that no loop here trains: what
// this machine has no instance for.

const data = { train: 's3://bucket/train/', label: 'late' };
const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/trainer@sha256:0123456789abcdef';

const PIPELINES = [
  { training: { instance_type: 'ml.g5.xlarge', image, volume_gb: 200 } },
  { training: { instance_type: 'ml.p4d.24xlarge', instance_count: 4, image, max_runtime: 'P28D' } },
  {
    data: { ...data, evaluate: 's3://bucket/evaluate/', distribution: 'ShardedByS3Key' },
    training: { instance_count: 2, image },
  },
  { training: { spot: true, max_runtime: 'PT1S' } },
  {
    registration: { tags: { owner: 'ana' }, description: 'x'.repeat(2000) },
    training: { hyperparameters: { trees: 300, loss: 'a "quoted" one', early: true } },
  },
  { training: { spot: true, image }, checkpointsOf: '01K5A0000000000000000000AB' },
];

for (const { checkpointsOf, ...part } of PIPELINES as Record<string, unknown>[]) {
  const execution = {
    id: '01K5A0000000000000000000AA',
    pipeline: 'nightly',
    status: 'RUNNING',
    reason: '',
    parameters: {},
    document: pipelineSchema.parse({ model: 'delay', data, ...part }),
    requestedBy: 'ana',
    createdAt: 0,
    ...(typeof checkpointsOf === 'string' && { checkpointsOf }),
  } as const;
  const job = { ...toTrainingJob(execution, 'f'.repeat(32)), tracking_token: 'slw_1_2' };
  await runDefinition(definitionOf('train'), {
    input: { execution_id: execution.id, correlation_id: 'c1' },
    substitutions: {
      PipelinesTasksFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:tasks',
      TrainingImage: image,
      TrainingRoleArn: 'arn:aws:iam::123456789012:role/training',
      ArtifactsBucket: 'bucket',
      TrackingUri: 'https://tracking.example.org',
    },
    tasks: {
      'Prepare the training job': payload(JSON.parse(JSON.stringify(job))),
      'Train the model': (request: object) => {
        const service = 'sagemaker';
        const call = { service, method: 'POST', path: '/', target: 'SageMaker.CreateTrainingJob' };
        const TrainingJobArn = `arn:aws:sagemaker:eu-west-1:123456789012:training-job/${job.name}`;
        const sent = { headers: {}, request: JSON.stringify(request) };
        const answer = { status: 200, response: JSON.stringify({ TrainingJobArn }) };
        process.stdout.write(`${JSON.stringify({ ...call, ...sent, ...answer })}\n`);
        return { TrainingJobStatus: 'Completed' };
      },
      'Record the success': payload({ run_id: 'r', version: '1' }),
    },
  });
}
