import type { OperationContext } from '../../shared/context.ts';
import { createRunOf } from '../executions/create-run-of.ts';
import type { Execution, ExecutionStep } from '../executions/execution.ts';
import { runningExecution } from '../executions/running-execution.ts';
import { getStep, startStep } from '../executions/step-store.ts';
import { withToken } from '../training/prepare-training.ts';
import { type TrainingJob, toTrainingJob } from '../training/training-job.ts';
import { drawOf } from './draw.ts';
import { runOfStep, trialOrder } from './trial.ts';
import { trialHyperparameters } from './tuning.ts';

/**
 * Gives a trial its run, a child of the execution's, and answers the job to start; nothing is to be
 * started when the trial has succeeded already, now or in the try before. Throws ExecutionStopped.
 */
export async function prepareTrial(
  executionId: string,
  trial: number,
  context: OperationContext,
): Promise<TrainingJob | { readonly done: true }> {
  const execution = await runningExecution(executionId);
  const { tuning } = execution.document;
  if (!tuning) throw new Error(`Execution ${executionId} has no trials`);
  const hyperparameters = trialHyperparameters(tuning, trial, drawOf);
  const step =
    (await getStep(executionId, trialOrder(trial))) ??
    (await formerStep(execution, trial)) ??
    (await newStep(execution, trial, hyperparameters, context));
  if (step.status === 'SUCCEEDED') return { done: true };
  const job = toTrainingJob(execution, runOfStep(step), { trial, hyperparameters });
  return withToken(execution, job, context, { trial, hyperparameters });
}

/** The same trial of the try before, if it succeeded: the same definition draws the same trials. */
async function formerStep(
  { id, retryOf }: Execution,
  trial: number,
): Promise<ExecutionStep | undefined> {
  const former = retryOf && (await getStep(retryOf, trialOrder(trial)));
  if (typeof former !== 'object' || former.status !== 'SUCCEEDED') return undefined;
  const { billableSeconds: _, ...step } = former;
  return startStep(id, { ...step, outputs: { ...step.outputs, reused_from: retryOf } });
}

async function newStep(
  execution: Execution,
  trial: number,
  hyperparameters: Readonly<Record<string, unknown>>,
  context: OperationContext,
): Promise<ExecutionStep> {
  const tags = {
    'mlflow.parentRunId': execution.runId ?? '',
    'mlflow.runName': `trial-${trial}`,
    'slipway.trial': String(trial),
  };
  const run = await createRunOf(execution, tags, context);
  return startStep(execution.id, {
    name: `trial-${trial}`,
    order: trialOrder(trial),
    status: 'RUNNING',
    startedAt: context.clock(),
    inputs: { hyperparameters },
    outputs: { run_id: run.run_id, job: `slipway-${execution.id}-${trial}` },
  });
}
