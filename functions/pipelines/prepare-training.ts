import { createProgramToken } from '../auth/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, writeOne } from '../shared/dynamo/index.ts';
import { DomainError, notFound } from '../shared/errors.ts';
import { createExperiment, createRun, experimentIdByName } from '../tracking/index.ts';
import type { Execution } from './execution.ts';
import { getExecution, replaceExecution } from './pipeline-store.ts';
import { type TrainingJob, tokenPurpose, toTrainingJob } from './training-job.ts';

/**
 * Gives an execution its tracked run, in the experiment that bears the pipeline's name, and answers the
 * job to start. A repeated call finds the run of the first. Throws ExecutionStopped for an execution
 * that was stopped before it began.
 */
export async function prepareTraining(
  executionId: string,
  context: OperationContext,
): Promise<TrainingJob> {
  const execution = await getExecution(executionId);
  if (!execution) throw notFound(`Execution ${executionId} does not exist`);
  if (execution.status !== 'RUNNING') throw new ExecutionStopped(execution);
  if (execution.runId) return trainingJob(execution, execution.runId, context);
  const run = await createRun(
    {
      experiment_id: await experimentOf(execution.pipeline, context),
      tags: [
        { key: 'slipway.pipeline', value: execution.pipeline },
        { key: 'slipway.execution_id', value: execution.id },
      ],
    },
    context,
  );
  const prepared = {
    ...execution,
    runId: run.run_id,
    steps: [
      ...execution.steps,
      { name: 'train', status: 'RUNNING' as const, startedAt: context.clock() },
    ],
  };
  try {
    await writeOne(replaceExecution(execution, prepared));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return prepareTraining(executionId, context);
  }
  return trainingJob(prepared, run.run_id, context);
}

/** The job with a token of its own, so that it logs as any client does. */
async function trainingJob(
  execution: Execution,
  runId: string,
  context: OperationContext,
): Promise<TrainingJob> {
  const job = toTrainingJob(execution, runId);
  const validUntil = context.clock() + job.timeout_seconds * 1000;
  const user = `pipeline:${execution.pipeline}`;
  const purpose = tokenPurpose(execution.id);
  return {
    ...job,
    tracking_token: await createProgramToken(purpose, { user, validUntil }, context),
  };
}

class ExecutionStopped extends Error {
  override readonly name = 'ExecutionStopped';

  constructor({ id, status }: Execution) {
    super(`Execution ${id} is ${status}, not running`);
  }
}

async function experimentOf(name: string, context: OperationContext): Promise<string> {
  const known = await experimentIdByName(name);
  if (known !== undefined) return known;
  try {
    return (await createExperiment({ name }, context)).experiment_id;
  } catch (error) {
    if (!(error instanceof DomainError && error.code === 'RESOURCE_ALREADY_EXISTS')) throw error;
    return experimentOf(name, context);
  }
}
