import type { FailedExecution } from '../../events/failed-executions.ts';
import type { OperationContext } from '../../shared/context.ts';
import { getExecution } from '../pipeline-store.ts';
import { failTraining } from '../training/fail-training.ts';
import { askToEndTokens } from '../training/tasks-store.ts';
import { STOPPED } from '../training/training-store.ts';
import type { Execution } from './execution.ts';
import { endStopped } from './stop-execution.ts';

/** Ends an execution whose training was stopped by AWS's API, or died before it could say so. */
export async function settleExecution(
  failed: FailedExecution,
  context: OperationContext,
): Promise<void> {
  const execution = await getExecution(failed.name);
  if (!execution) return;
  if (execution.status === 'RUNNING') await settle(execution, failed, context);
  await askToEndTokens(execution.id);
}

async function settle(
  execution: Execution,
  { stopped, error, cause }: FailedExecution,
  context: OperationContext,
): Promise<void> {
  if (!stopped) return failTraining(execution, { error, cause }, context);
  // Who stopped it by this platform's API ends it, too: the reason is said by who did not.
  const ours = error === STOPPED.error && cause === STOPPED.cause;
  await endStopped(execution, ours ? {} : { error, cause }, context);
}
