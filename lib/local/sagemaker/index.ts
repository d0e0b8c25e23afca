import { join } from 'node:path';
import type { AwsService, Lifecycle } from '../service.ts';
import { awsJsonService } from '../shared/aws-json.ts';
import { HOURLY_MS, Housekeeping } from '../shared/housekeeping.ts';
import { endpointOperations } from './endpoints/endpoint-api.ts';
import { EndpointStore } from './endpoints/endpoint-store.ts';
import { type EndpointOptions, Endpoints } from './endpoints/endpoints.ts';
import { handleRuntime, isRuntimeRequest } from './endpoints/runtime-api.ts';
import { JobStore } from './job-store.ts';
import { forgetOld, forgetOldJobs } from './old-jobs.ts';
import { INTERRUPT, sageMakerOperations } from './sagemaker-api.ts';
import { TrainingJobs, type TrainingOptions } from './training-jobs.ts';

export interface SageMaker extends AwsService, Lifecycle {
  readonly jobs: TrainingJobs;
  readonly endpoints: Pick<Endpoints, 'capacity' | 'metric' | 'reweight'>;
  /** Ends every program and forgets every job and endpoint. */
  reset(): Promise<void>;
}

/**
 * SageMaker training jobs and endpoints as child processes; what was asked for and what came of it in
 * `sagemaker.db` and `sagemaker-endpoints.db`.
 */
export function createSageMaker(options: TrainingOptions & EndpointOptions): SageMaker {
  const { dataDir, imageFolder } = options;
  const store = new JobStore(join(dataDir, 'sagemaker.db'));
  const jobs = new TrainingJobs(options, store);
  const endpointStore = new EndpointStore(join(dataDir, 'sagemaker-endpoints.db'));
  const endpoints = new Endpoints(options, endpointStore);
  const housekeeping = new Housekeeping('Old training jobs', HOURLY_MS, async () => {
    await forgetOldJobs(dataDir, Date.now(), (name) => jobs.isRunning(name));
    const logs = join(dataDir, 'logs/endpoints');
    const inUse = new Set(endpointStore.all().map(({ name }) => name));
    await forgetOld(logs, '', Date.now(), (name) => inUse.has(name.split('.')[0] ?? ''));
  });
  const control = awsJsonService({
    signingName: 'sagemaker',
    version: '1.1',
    operations: {
      ...sageMakerOperations(jobs, store),
      ...endpointOperations(endpoints, endpointStore, imageFolder),
    },
  });
  return {
    ...control,
    // A state machine that named it would not start on AWS.
    operations: control.operations.filter((name) => name !== INTERRUPT),
    // The runtime's API is signed for the same service; its operations are paths.
    handle: (request, response) =>
      isRuntimeRequest(request)
        ? handleRuntime(endpoints, request, response)
        : control.handle(request, response),
    jobs,
    endpoints,
    reset: async () => {
      await Promise.all([jobs.reset(), endpoints.reset()]);
    },
    start: async () => {
      jobs.resume();
      endpoints.resume();
      housekeeping.start();
    },
    stop: async () => {
      await Promise.all([jobs.suspend(), endpoints.suspend(), housekeeping.stop()]);
      store.close();
      endpointStore.close();
    },
  };
}
