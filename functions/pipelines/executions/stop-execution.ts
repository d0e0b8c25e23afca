import type { OperationContext } from '../../shared/context.ts';
import { DomainError } from '../../shared/errors.ts';
import { getExecution } from '../pipeline-store.ts';
import { requireEditor } from '../require-editor.ts';
import { stopTraining } from '../training/training-store.ts';
import { openTrialRuns } from '../tuning/trial.ts';
import { endRun } from './end-run.ts';
import { describeExecution, type Execution } from './execution.ts';
import { finishExecution } from './finish-execution.ts';
import { existingExecution } from './get-execution.ts';

/** Stops an execution that runs or waits; one that has ended is refused. */
export async function stopExecution(id: string, context: OperationContext) {
  const execution = await existingExecution(id);
  await requireEditor(execution.document, context);
  if (execution.status !== 'RUNNING' && execution.status !== 'QUEUED') {
    throw new DomainError('RESOURCE_CONFLICT', `Execution ${id} is ${execution.status} already`);
  }
  return describeExecution(await stopExecutionNow(execution, context));
}

/** Ends an execution that runs or waits; one that has ended stays as it is. */
export async function stopExecutionNow(
  execution: Execution,
  context: OperationContext,
): Promise<Execution> {
  // The state machine first: were the lock passed on before, two trainings could run at once.
  if (execution.status === 'RUNNING') await stopTraining(execution.id);
  return endStopped(execution, {}, context);
}

/** Ends an execution whose state machine was stopped, and its runs. */
export async function endStopped(
  execution: Execution,
  why: { readonly error?: string; readonly cause?: string },
  context: OperationContext,
): Promise<Execution> {
  const { runId } = (await getExecution(execution.id)) ?? execution;
  for (const run of await openTrialRuns(execution.id)) await endRun(run, 'KILLED', context);
  if (runId) await endRun(runId, 'KILLED', context);
  return (await finishExecution(execution.id, { status: 'STOPPED', ...why }, context)) ?? execution;
}
