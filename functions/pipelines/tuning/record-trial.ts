import { endProgramToken } from '../../auth/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { latestOfRuns, updateRun } from '../../tracking/index.ts';
import { endRun } from '../executions/end-run.ts';
import { endStep, getStep } from '../executions/step-store.ts';
import { getExecution } from '../pipeline-store.ts';
import { billableSeconds, failureReason, tokenPurpose } from '../training/training-job.ts';
import { runOfStep, trialOrder } from './trial.ts';

/** Ends a trial whose job ended well with the value of the metric; without one it has failed. */
export async function recordTrial(
  executionId: string,
  trial: number,
  seconds: number | undefined,
  context: OperationContext,
): Promise<object> {
  await endProgramToken(tokenPurpose(executionId, trial));
  const step = await getStep(executionId, trialOrder(trial));
  const metric = (await getExecution(executionId))?.document.tuning?.metric;
  if (!step || metric === undefined) throw new Error(`Trial ${trial} was not prepared`);
  const run = runOfStep(step);
  const value = (await latestOfRuns([run])).get(run)?.find(({ key }) => key === metric)?.value;
  const endedAt = context.clock();
  const billed = seconds === undefined ? {} : { billableSeconds: seconds };
  if (value === undefined || !Number.isFinite(value)) {
    await endRun(run, 'FAILED', context);
    const cause = `The run of the trial has no number for the metric ${metric}`;
    const failed = { status: 'FAILED', endedAt, error: 'NoMetric', cause, outputs: {} } as const;
    const { status } = await endStep(executionId, step, { ...failed, ...billed });
    return { trial, status };
  }
  await updateRun({ run_id: run, status: 'FINISHED', end_time: endedAt }, context);
  const outputs = { metrics: { [metric]: value } };
  const ended = { status: 'SUCCEEDED', endedAt, outputs, ...billed } as const;
  const { status } = await endStep(executionId, step, ended);
  return { trial, status };
}

/** Ends a trial that failed; the others go on. */
export async function recordTrialFailure(
  executionId: string,
  trial: number,
  failure: { readonly error: string; readonly cause: string },
  context: OperationContext,
): Promise<object> {
  await endProgramToken(tokenPurpose(executionId, trial));
  const step = await getStep(executionId, trialOrder(trial));
  // A trial that could not even be prepared has nothing to end.
  if (!step) return { trial, status: 'FAILED' };
  if (step.status === 'RUNNING') await endRun(runOfStep(step), 'FAILED', context);
  const { status } = await endStep(executionId, step, {
    status: 'FAILED',
    endedAt: context.clock(),
    error: failure.error,
    cause: failureReason(failure.cause),
    outputs: {},
    ...billableSeconds(failure.cause),
  });
  return { trial, status };
}
