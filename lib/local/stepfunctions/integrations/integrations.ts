import type { LambdaInvoker } from '../../service.ts';
import { StateError } from '../asl/state-error.ts';
import type { CallTask } from '../engine/run.ts';
import type { Machines } from '../execution/machines.ts';
import type { StandardExecutions } from '../execution/standard.ts';
import { callApi } from './api-call.ts';
import { invokeFunction } from './lambda-invoke.ts';
import { startNested } from './nested-execution.ts';
import { parseResource } from './resources.ts';
import type { SdkCall } from './sdk-call.ts';
import { createTrainingJob, type TrainingJobs } from './training-job.ts';

interface IntegrationOptions {
  readonly lambda: LambdaInvoker;
  readonly trainingJobs: TrainingJobs;
  readonly sdk: SdkCall;
  readonly machines: Machines;
  /** Asked for at the call: executions and integrations need each other. */
  readonly executions: () => StandardExecutions;
}

/** What Tasks can call, by their resource. */
export function integrations(options: IntegrationOptions): CallTask {
  const { lambda, sdk, machines, trainingJobs } = options;
  return async (call) => {
    const { service, operation, pattern } = parseResource(call.resource) ?? {};
    if (service === undefined || operation === undefined || pattern === undefined) {
      throw new StateError('States.Runtime', `${call.resource} is not a supported integration`);
    }
    if (service.startsWith('aws-sdk:')) {
      const name = service.slice('aws-sdk:'.length);
      return callApi(sdk, name, operation, call.arguments);
    }
    switch (service) {
      case 'lambda':
        return invokeFunction(lambda, call.arguments);
      case 'states':
        return startNested(call, pattern, machines, options.executions());
      case 'sagemaker':
        return createTrainingJob(call, pattern, trainingJobs);
      default:
        throw new StateError('States.Runtime', `${call.resource} is not a supported integration`);
    }
  };
}
