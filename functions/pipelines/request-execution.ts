import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, transactWrite, type Write } from '../shared/dynamo/index.ts';
import { conflict } from '../shared/errors.ts';
import { newId } from '../shared/ids.ts';
import { TrainingRequested } from './events.ts';
import type { Execution } from './execution.ts';
import type { Parameters, Pipeline, PipelineDocument } from './pipeline.ts';
import {
  changeLock,
  getLock,
  insertExecution,
  platformTableName,
  takeLock,
} from './pipeline-store.ts';

/** Executions that may wait for their turn. */
const MAX_QUEUED = 100;
const MAX_ATTEMPTS = 10;

export interface ExecutionRequest {
  readonly parameters: Parameters;
  readonly reason: string;
  readonly document: PipelineDocument;
  readonly retryOf?: string;
}

export function newExecution(
  pipeline: string,
  request: ExecutionRequest,
  status: Execution['status'],
  context: OperationContext,
): Execution {
  const now = context.clock();
  return {
    id: newId(),
    pipeline,
    status,
    ...request,
    requestedBy: context.actor.user,
    createdAt: now,
    ...(status === 'RUNNING' && { startedAt: now }),
    steps: [],
  };
}

/** The event that starts the state machine; its id is the execution's. */
export const trainingRequested = (execution: Execution, context: OperationContext): Write =>
  outbox(
    platformTableName(),
    TrainingRequested,
    {
      pipeline: execution.pipeline,
      model: execution.document.model,
      execution_id: execution.id,
      reason: execution.reason,
      parameters: execution.parameters,
    },
    context,
    execution.id,
  );

/** Everything that starts an execution of an idle pipeline; fails when it is not idle. */
export const startWrites = (execution: Execution, context: OperationContext): Write[] => [
  takeLock(execution.pipeline, execution.id),
  ...insertExecution(execution),
  trainingRequested(execution, context),
];

/** Starts an execution, or does what the pipeline's `overlap` says when one runs. */
export async function requestExecution(
  pipeline: Pipeline,
  request: ExecutionRequest,
  context: OperationContext,
): Promise<Execution> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    try {
      return await tryRequest(pipeline, request, context);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
  throw conflict(`Pipeline '${pipeline.name}' is requested too often at once; try again`);
}

async function tryRequest(
  { name, document: { overlap } }: Pipeline,
  request: ExecutionRequest,
  context: OperationContext,
): Promise<Execution> {
  const lock = await getLock(name);
  if (!lock) {
    const execution = newExecution(name, request, 'RUNNING', context);
    await transactWrite(startWrites(execution, context));
    return execution;
  }
  if (overlap === 'skip') {
    const skipped: Execution = {
      ...newExecution(name, request, 'SKIPPED', context),
      endedAt: context.clock(),
      error: 'Skipped',
      cause: `Execution ${lock.execution} is running`,
    };
    await transactWrite(insertExecution(skipped));
    return skipped;
  }
  if (lock.queue.length >= MAX_QUEUED) {
    throw conflict(`${MAX_QUEUED} executions of pipeline '${name}' wait already`);
  }
  const execution = newExecution(name, request, 'QUEUED', context);
  await transactWrite([
    changeLock(name, lock, { ...lock, queue: [...lock.queue, execution.id] }),
    ...insertExecution(execution),
  ]);
  return execution;
}
