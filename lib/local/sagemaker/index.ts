import { join } from 'node:path';
import type { AwsService, Lifecycle } from '../service.ts';
import { awsJsonService } from '../shared/aws-json.ts';
import { JobStore } from './job-store.ts';
import { forgetOldJobs } from './old-jobs.ts';
import { sageMakerOperations } from './sagemaker-api.ts';
import { TrainingJobs, type TrainingOptions } from './training-jobs.ts';

/** How often logs and folders are looked for that are too old. */
const HOUSEKEEPING_MS = 3600_000;

export interface SageMaker extends AwsService, Lifecycle {
  readonly jobs: TrainingJobs;
  /** Ends every program and forgets every job. */
  reset(): Promise<void>;
}

/** SageMaker training jobs as child processes; their requests and outcomes in `sagemaker.db`. */
export function createSageMaker(options: TrainingOptions): SageMaker {
  const store = new JobStore(join(options.dataDir, 'sagemaker.db'));
  const jobs = new TrainingJobs(options, store);
  const forget = () =>
    void forgetOldJobs(options.dataDir, Date.now(), (name) => jobs.isRunning(name)).catch(
      (error: unknown) => console.error('Old training jobs stay for now:', error),
    );
  let housekeeping: NodeJS.Timeout | undefined;
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
      forget();
      housekeeping = setInterval(forget, HOUSEKEEPING_MS);
    },
    stop: async () => {
      clearInterval(housekeeping);
      await jobs.suspend();
      store.close();
    },
  };
}
