import type { OperationContext } from '../../shared/context.ts';
import type { Pipeline } from '../pipeline.ts';
import { getExecution, getLock } from '../pipeline-store.ts';
import type { Execution } from './execution.ts';
import { type ExecutionRequest, requestExecution } from './request-execution.ts';
import { stopExecutionNow } from './stop-execution.ts';

const MAX_ROUNDS = 200;

/**
 * Requests an execution and, where `overlap` is `replace`, stops whatever was there before it: the
 * one that runs and those that wait. Of several replacing ones the last requested is left.
 */
export async function requestInTurn(
  pipeline: Pipeline,
  request: ExecutionRequest,
  context: OperationContext,
): Promise<Execution> {
  const execution = await requestExecution(pipeline, request, context);
  if (pipeline.document.overlap !== 'replace' || execution.status !== 'QUEUED') return execution;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = await firstBefore(pipeline.name, execution.id);
    if (before === undefined) break;
    await stopExecutionNow(before, context);
  }
  return (await getExecution(execution.id)) ?? execution;
}

/** The one to stop next: those that wait go first, or the lock would be passed on to them. */
async function firstBefore(pipeline: string, id: string): Promise<Execution | undefined> {
  const lock = await getLock(pipeline);
  const place = lock?.queue.indexOf(id) ?? -1;
  if (!lock || place < 0) return undefined;
  return getExecution(lock.queue[place - 1] ?? lock.execution);
}
