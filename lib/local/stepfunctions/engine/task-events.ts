import { LOCAL_REGION } from '../../shared/arn.ts';
import type { Json } from '../asl/definition.ts';
import type { StateError } from '../asl/state-error.ts';
import { record, type Thread } from './thread.ts';

interface TaskEvents {
  scheduled(
    input: Json,
    limits: { readonly timeout: number | undefined; readonly heartbeat: number | undefined },
  ): void;
  submitted(output: Json): void;
  succeeded(output: Json): void;
  failed(error: StateError): void;
}

/**
 * History entries of a task.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
export function taskEvents(thread: Thread, arn: string): TaskEvents {
  const name = arn.slice('arn:aws:states:::'.length);
  // `aws-sdk:s3:getObject` has the resource type `aws-sdk:s3`.
  const cut = name.indexOf(':', name.startsWith('aws-sdk:') ? 'aws-sdk:'.length : 0);
  const at = { resourceType: name.slice(0, cut), resource: name.slice(cut + 1) };
  return {
    scheduled(input, { timeout, heartbeat }) {
      record(thread, 'TaskScheduled', {
        taskScheduledEventDetails: {
          ...at,
          region: LOCAL_REGION,
          parameters: JSON.stringify(input),
          ...(timeout !== undefined && { timeoutInSeconds: timeout }),
          ...(heartbeat !== undefined && { heartbeatInSeconds: heartbeat }),
        },
      });
      record(thread, 'TaskStarted', { taskStartedEventDetails: at });
    },
    submitted(output) {
      record(thread, 'TaskSubmitted', {
        taskSubmittedEventDetails: { ...at, output: JSON.stringify(output) },
      });
    },
    succeeded(output) {
      record(thread, 'TaskSucceeded', {
        taskSucceededEventDetails: { ...at, output: JSON.stringify(output) },
      });
    },
    failed({ error, cause }) {
      const details = { ...at, error, cause };
      if (isTimeout(error)) record(thread, 'TaskTimedOut', { taskTimedOutEventDetails: details });
      else record(thread, 'TaskFailed', { taskFailedEventDetails: details });
    },
  };
}

function isTimeout(error: string): boolean {
  return error === 'States.Timeout' || error === 'States.HeartbeatTimeout';
}
