import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed, transactWrite, type Write } from '../../shared/dynamo/index.ts';
import { conflict } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import { TrainingRequested } from '../events.ts';
import type { Parameters, Pipeline, PipelineDocument } from '../pipeline.ts';
import {
  changeLock,
  getExecution,
  getLock,
  insertExecution,
  platformTableName,
  takeLock,
} from '../pipeline-store.ts';
import type { Execution, ExecutionCause } from './execution.ts';

/** Executions that may wait for their turn. */
const MAX_QUEUED = 100;
const MAX_ATTEMPTS = 10;

export interface ExecutionRequest {
  readonly parameters: Parameters;
  readonly reason: string;
  readonly document: PipelineDocument;
  readonly retryOf?: string;
  readonly checkpointsOf?: string;
  /** The id that belongs to what caused it: there is one execution of it at most. */
  readonly id?: string;
  readonly cause?: ExecutionCause;
}

export function newExecution(
  pipeline: string,
  { id = newId(), cause, ...request }: ExecutionRequest,
  status: Execution['status'],
  context: OperationContext,
): Execution {
  const now = context.clock();
  return {
    id,
    pipeline,
    status,
    ...request,
    ...(cause && { startedBy: cause }),
    requestedBy: context.actor.user,
    createdAt: now,
    ...(status === 'RUNNING' && { startedAt: now }),
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

/**
 * Starts an execution, or does what the pipeline's `overlap` says when one runs. A request with the
 * id of an execution that is there answers that one.
 */
export async function requestExecution(
  pipeline: Pipeline,
  request: ExecutionRequest,
  context: OperationContext,
): Promise<Execution> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const known = request.id === undefined ? undefined : await getExecution(request.id);
    if (known) return known;
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
    const why = { error: 'Skipped', cause: `Execution ${lock.execution} is running` };
    return skipExecution(name, request, why, context);
  }
  if (lock.queue.length >= MAX_QUEUED) {
    const full = `${MAX_QUEUED} executions of pipeline '${name}' wait already`;
    // A person hears it now; what a schedule or an event asked for is found in the list.
    if (request.cause === undefined) throw conflict(full);
    return skipExecution(name, request, { error: 'QueueFull', cause: full }, context);
  }
  const execution = newExecution(name, request, 'QUEUED', context);
  await transactWrite([
    changeLock(name, lock, { ...lock, queue: [...lock.queue, execution.id] }),
    ...insertExecution(execution),
  ]);
  return execution;
}

/** Records a request that nothing came of; a repeated one finds the first. */
export async function skipExecution(
  pipeline: string,
  request: ExecutionRequest,
  why: { readonly error: string; readonly cause: string },
  context: OperationContext,
): Promise<Execution> {
  const known = request.id === undefined ? undefined : await getExecution(request.id);
  if (known) return known;
  const execution = newExecution(pipeline, request, 'SKIPPED', context);
  const skipped = { ...execution, endedAt: context.clock(), ...why };
  await transactWrite(insertExecution(skipped));
  return skipped;
}
