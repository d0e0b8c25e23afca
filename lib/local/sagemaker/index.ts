import { join } from 'node:path';
import type { AwsService, Lifecycle } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { awsJsonService } from '../shared/aws-json.ts';
import { JobStore } from './job-store.ts';
import { TrainingJobs, type TrainingOptions } from './training-jobs.ts';

export interface SageMaker extends AwsService, Lifecycle {
  readonly jobs: TrainingJobs;
}

/** SageMaker training jobs as child processes; their requests and outcomes in `sagemaker.db`. */
export function createSageMaker(options: TrainingOptions): SageMaker {
  const store = new JobStore(join(options.dataDir, 'sagemaker.db'));
  const jobs = new TrainingJobs(options, store);
  const name = (input: Readonly<Record<string, unknown>>) => String(input.TrainingJobName ?? '');
  return {
    ...awsJsonService({
      signingName: 'sagemaker',
      version: '1.1',
      operations: {
        CreateTrainingJob: (input) => jobs.create(input, ''),
        DescribeTrainingJob: (input) => jobs.describe(name(input)),
        StopTrainingJob: (input) => jobs.stop(name(input)),
        ListTrainingJobs: () => ({
          TrainingJobSummaries: jobs.list().map((job) => ({
            TrainingJobName: job.name,
            TrainingJobArn: arn('sagemaker', `training-job/${job.name}`),
            TrainingJobStatus: job.status,
            CreationTime: job.created / 1000,
          })),
        }),
      },
    }),
    jobs,
    start: async () => jobs.resume(),
    stop: async () => {
      await jobs.suspend();
      store.close();
    },
  };
}
