import { join } from 'node:path';
import type { AwsService, Lifecycle } from '../service.ts';
import { awsJsonService } from '../shared/aws-json.ts';
import { HOURLY_MS, Housekeeping } from '../shared/housekeeping.ts';
import { JobStore } from './job-store.ts';
import { forgetOldJobs } from './old-jobs.ts';
import { sageMakerOperations } from './sagemaker-api.ts';
import { TrainingJobs, type TrainingOptions } from './training-jobs.ts';

export interface SageMaker extends AwsService, Lifecycle {
  readonly jobs: TrainingJobs;
  /** Ends every program and forgets every job. */
  reset(): Promise<void>;
}

/** SageMaker training jobs as child processes; their requests and outcomes in `sagemaker.db`. */
export function createSageMaker(options: TrainingOptions): SageMaker {
  const store = new JobStore(join(options.dataDir, 'sagemaker.db'));
  const jobs = new TrainingJobs(options, store);
  const housekeeping = new Housekeeping('Old training jobs', HOURLY_MS, () =>
    forgetOldJobs(options.dataDir, Date.now(), (name) => jobs.isRunning(name)),
  );
  return {
    ...awsJsonService({
      signingName: 'sagemaker',
      version: '1.1',
      operations: sageMakerOperations(jobs, store),
    }),
    jobs,
    reset: () => jobs.reset(),
    start: async () => {
      jobs.resume();
      housekeeping.start();
    },
    stop: async () => {
      await Promise.all([jobs.suspend(), housekeeping.stop()]);
      store.close();
    },
  };
}
