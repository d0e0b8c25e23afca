import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite, type Write } from '../../shared/dynamo/index.ts';
import {
  PipelineFailed,
  PipelineStopped,
  PipelineSucceeded,
  TrainingFailed,
  TrainingSucceeded,
} from '../events.ts';
import {
  changeLock,
  getExecution,
  getLock,
  platformTableName,
  replaceExecution,
} from '../pipeline-store.ts';
import type { Execution, PipelineLock } from './execution.ts';
import { trainingRequested } from './request-execution.ts';

type Outcome =
  /** `runId`: the run that the version was made by. */
  | { readonly status: 'SUCCEEDED'; readonly runId: string; readonly version: string }
  | { readonly status: 'FAILED'; readonly error: string; readonly cause: string }
  /** The reason, if it was stopped by AWS's API. */
  | { readonly status: 'STOPPED'; readonly error?: string; readonly cause?: string };

/**
 * Ends an execution: its row, its events, and the start of the next one that waits, in one
 * transaction. An execution that has ended already stays as it is. Returns what is stored.
 */
export async function finishExecution(
  id: string,
  outcome: Outcome,
  context: OperationContext,
): Promise<Execution | undefined> {
  return retryChanged(async () => {
    const execution = await getExecution(id);
    if (!execution || !isActive(execution)) return execution;
    const lock = await getLock(execution.pipeline);
    const ended = end(execution, outcome, context.clock());
    await transactWrite([
      replaceExecution(execution, ended),
      ...outcomeEvents(ended, outcome, context),
      ...(lock ? await passOn(execution, lock, context) : []),
    ]);
    return ended;
  });
}

const isActive = ({ status }: Execution) => status === 'RUNNING' || status === 'QUEUED';

function end(execution: Execution, outcome: Outcome, now: number): Execution {
  // The run of the version is a trial's when the pipeline was tuned; the execution keeps its own.
  return {
    ...execution,
    ...outcome,
    ...(execution.runId && { runId: execution.runId }),
    endedAt: now,
  };
}

/** The lock goes to the first that waits; an execution that only waited leaves the queue. */
async function passOn(
  execution: Execution,
  lock: PipelineLock,
  context: OperationContext,
): Promise<Write[]> {
  const { pipeline, id } = execution;
  if (lock.execution !== id) {
    const queue = lock.queue.filter((waiting) => waiting !== id);
    return queue.length === lock.queue.length
      ? []
      : [changeLock(pipeline, lock, { execution: lock.execution, queue })];
  }
  const [next, ...queue] = lock.queue;
  if (next === undefined) return [changeLock(pipeline, lock, undefined)];
  const waiting = await getExecution(next);
  if (!waiting) throw new Error(`Execution ${next} waits but does not exist`);
  const started: Execution = { ...waiting, status: 'RUNNING', startedAt: context.clock() };
  return [
    changeLock(pipeline, lock, { execution: next, queue }),
    replaceExecution(waiting, started),
    trainingRequested(started, context),
  ];
}

function outcomeEvents(execution: Execution, outcome: Outcome, context: OperationContext): Write[] {
  const table = platformTableName();
  const about = {
    pipeline: execution.pipeline,
    model: execution.document.model,
    execution_id: execution.id,
  };
  switch (outcome.status) {
    case 'SUCCEEDED': {
      const data = { ...about, run_id: outcome.runId, version: outcome.version };
      return [
        outbox(table, TrainingSucceeded, data, context),
        outbox(table, PipelineSucceeded, data, context),
      ];
    }
    case 'FAILED': {
      const data = { ...about, error: outcome.error, cause: outcome.cause };
      return [
        outbox(table, TrainingFailed, data, context),
        outbox(table, PipelineFailed, data, context),
      ];
    }
    case 'STOPPED':
      return [outbox(table, PipelineStopped, about, context)];
  }
}
