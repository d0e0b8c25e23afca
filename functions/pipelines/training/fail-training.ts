import type { OperationContext } from '../../shared/context.ts';
import { endRun } from '../executions/end-run.ts';
import type { Execution } from '../executions/execution.ts';
import { finishExecution } from '../executions/finish-execution.ts';
import { openTrialRuns } from '../tuning/trial.ts';
import { endTraining } from './end-training.ts';
import { billableSeconds, failureReason } from './training-job.ts';

/** Ends an execution that failed, its step and its runs, with the reason in words. */
export async function failTraining(
  { id, runId, status }: Pick<Execution, 'id' | 'runId' | 'status'>,
  failure: { readonly error: string; readonly cause: string },
  context: OperationContext,
): Promise<void> {
  const { error } = failure;
  const cause = failureReason(failure.cause);
  if (status === 'RUNNING') {
    for (const run of await openTrialRuns(id)) await endRun(run, 'FAILED', context);
    if (runId) await endRun(runId, 'FAILED', context);
    const ended = {
      status: 'FAILED',
      endedAt: context.clock(),
      outputs: {},
      error,
      cause,
    } as const;
    await endTraining(id, { ...ended, ...billableSeconds(failure.cause) });
  }
  await finishExecution(id, { status: 'FAILED', error, cause }, context);
}
