import type { LambdaInvoker } from '../../service.ts';
import type { Json } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import { isObject, listOf } from '../asl/values.ts';
import type { CallTask, TaskCall } from '../engine/run.ts';
import type { Machines } from '../execution/machines.ts';
import type { StandardExecutions } from '../execution/standard.ts';
import { callApi } from './api-call.ts';
import { callFunction, invokeFunction } from './lambda-invoke.ts';
import { startNested } from './nested-execution.ts';
import { parseResource } from './resources.ts';
import type { SdkCall } from './sdk-call.ts';
import { createTrainingJob, type TrainingJobs } from './training-job.ts';

export interface IntegrationOptions {
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
      return callApi(sdk, 'aws-sdk', name, operation, call.arguments);
    }
    switch (service) {
      case 'lambda':
        return operation === 'function'
          ? callFunction(lambda, call.resource, call.arguments)
          : invokeFunction(lambda, call.arguments);
      case 'states':
        return startNested(call, pattern, machines, options.executions());
      case 'sagemaker':
        return createTrainingJob(call, pattern, trainingJobs);
      case 'events':
        return putEvents(call, sdk);
      case 'sqs':
        return callApi(sdk, 'optimized', 'sqs', operation, withTextBody(call.arguments));
      default:
        return callApi(sdk, 'optimized', service, operation, call.arguments);
    }
  };
}

/** Details may be JSON; the execution and its machine are added to the resources of every event. */
async function putEvents(call: TaskCall, sdk: SdkCall): Promise<Json> {
  const entries = isObject(call.arguments) ? listOf(call.arguments.Entries) : [];
  const output = await callApi(sdk, 'optimized', 'eventbridge', 'putEvents', {
    ...(isObject(call.arguments) && call.arguments),
    Entries: entries.filter(isObject).map((entry) => ({
      ...entry,
      Detail: textOf(entry.Detail),
      ...(typeof entry.Time === 'string' && { Time: new Date(entry.Time) }),
      Resources: [...listOf(entry.Resources), call.executionArn, call.stateMachineArn],
    })),
  });
  if (isObject(output) && output.FailedEntryCount !== 0) {
    throw new StateError('EventBridge.FailedEntry', JSON.stringify(output));
  }
  return output;
}

function withTextBody(input: Json): unknown {
  return isObject(input) ? { ...input, MessageBody: textOf(input.MessageBody) } : input;
}

function textOf(value: unknown): unknown {
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
}
