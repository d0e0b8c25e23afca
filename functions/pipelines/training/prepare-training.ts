import { createProgramToken } from '../../auth/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed, writeOne } from '../../shared/dynamo/index.ts';
import { createRunOf } from '../executions/create-run-of.ts';
import type { Execution } from '../executions/execution.ts';
import { runningExecution } from '../executions/running-execution.ts';
import { startStep } from '../executions/step-store.ts';
import { getExecution, replaceExecution } from '../pipeline-store.ts';
import { TRAIN_ORDER } from '../tuning/trial.ts';
import { trialCount } from '../tuning/tuning.ts';
import { trainedVersion } from './trained-version.ts';
import { findCached, inputsDigest } from './training-cache.ts';
import { type TrainingJob, type Trial, tokenPurpose, toTrainingJob } from './training-job.ts';

/** What the state machine is to do: one job, several trials, or nothing that a former try has done. */
type Preparation =
  | TrainingJob
  | { readonly tuning: { readonly trials: readonly number[]; readonly concurrency: number } }
  | { readonly reused: { readonly run_id: string } };

/**
 * Gives an execution its tracked run, in the experiment that bears the pipeline's name, and answers
 * what is to be done. A repeated call finds the run of the first. Throws ExecutionStopped for an
 * execution that was stopped before it began.
 */
export async function prepareTraining(
  executionId: string,
  context: OperationContext,
): Promise<Preparation> {
  const execution = await runningExecution(executionId);
  const { tuning } = execution.document;
  const former = await formerRun(execution);
  const taken = await takeCached(execution, former, context);
  if (taken === 'changed') return prepareTraining(executionId, context);
  if (taken) return taken;
  const runId = execution.runId ?? former ?? (await createRunOf(execution, {}, context)).run_id;
  if (!execution.runId) {
    try {
      const digest = await inputsDigest(execution);
      const next = { ...execution, runId, ...(digest !== undefined && { digest }) };
      await writeOne(replaceExecution(execution, next));
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      return prepareTraining(executionId, context);
    }
  }
  if (tuning) {
    const trials = Array.from({ length: trialCount(tuning) }, (_, trial) => trial);
    return { tuning: { trials, concurrency: tuning.concurrency } };
  }
  const job = toTrainingJob(execution, runId);
  await startStep(executionId, {
    name: 'train',
    order: TRAIN_ORDER,
    status: 'RUNNING',
    startedAt: context.clock(),
    inputs: inputsOf(execution, job.hyperparameters),
    outputs: {
      run_id: runId,
      ...(former === undefined ? { job: job.name } : { reused_from: execution.retryOf }),
    },
  });
  if (former !== undefined) return { reused: { run_id: former } };
  return withToken(execution, job, context);
}

/** Takes over a training of the same inputs, if the pipeline caches and this is a first try. */
async function takeCached(
  execution: Execution,
  former: string | undefined,
  context: OperationContext,
): Promise<Preparation | 'changed' | undefined> {
  const { id, document } = execution;
  if (!document.cache || execution.runId !== undefined || former !== undefined) return undefined;
  if (!execution.cached) {
    const digest = await inputsDigest(execution);
    const found = digest && (await findCached(execution, digest, context.clock()));
    if (!digest || !found) return undefined;
    const next = { ...execution, cached: found, digest };
    try {
      await writeOne(replaceExecution(execution, next));
    } catch (error) {
      if (error instanceof ConditionFailed) return 'changed';
      throw error;
    }
    return takeCached(next, former, context);
  }
  const { execution: cached_from, runId: run_id } = execution.cached;
  await startStep(id, {
    name: 'train',
    order: TRAIN_ORDER,
    status: 'RUNNING',
    startedAt: context.clock(),
    inputs: inputsOf(execution, document.training.hyperparameters),
    outputs: { run_id, cached_from },
  });
  return { reused: { run_id } };
}

/** The run of the former try if it registered its model: it failed after that. */
async function formerRun({ retryOf, document }: Execution): Promise<string | undefined> {
  if (retryOf === undefined || document.tuning) return undefined;
  const runId = (await getExecution(retryOf))?.runId;
  return runId !== undefined && (await trainedVersion(runId, document.model)) ? runId : undefined;
}

const inputsOf = ({ document }: Execution, hyperparameters: object) => ({
  data: document.data,
  ...(document.tuning && { tuning: document.tuning }),
  image: document.training.image,
  instance_type: document.training.instance_type,
  instance_count: document.training.instance_count,
  hyperparameters,
});

/** The job with a token of its own, so that it logs as any client does. */
export async function withToken(
  execution: Execution,
  job: Omit<TrainingJob, 'tracking_token'>,
  context: OperationContext,
  trial?: Trial,
): Promise<TrainingJob> {
  const validUntil = context.clock() + job.timeout_seconds * 1000;
  const user = `pipeline:${execution.pipeline}`;
  const purpose = tokenPurpose(execution.id, trial?.trial);
  const tracking_token = await createProgramToken(purpose, { user, validUntil }, context);
  return { ...job, tracking_token };
}
