import type { FailedExecution } from '../../events/failed-executions.ts';
import type { OperationContext } from '../../shared/context.ts';
import { getExecution } from '../pipeline-store.ts';
import { failTraining } from '../training/fail-training.ts';
import { STOPPED } from '../training/training-store.ts';
import { endStopped } from './stop-execution.ts';

/** Ends an execution whose training was stopped by AWS's API, or died before it could say so. */
export async function settleExecution(
  { name, stopped, error, cause }: FailedExecution,
  context: OperationContext,
): Promise<void> {
  const execution = await getExecution(name);
  if (execution?.status !== 'RUNNING') return;
  if (!stopped) return failTraining(execution, { error, cause }, context);
  // Who stopped it by this platform's API ends it, too: the reason is said by who did not.
  const ours = error === STOPPED.error && cause === STOPPED.cause;
  await endStopped(execution, ours ? {} : { error, cause }, context);
}
