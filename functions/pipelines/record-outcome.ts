import { endProgramToken } from '../auth/index.ts';
import { versionsOfRun } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { notFound } from '../shared/errors.ts';
import { updateRun } from '../tracking/index.ts';
import { endRun } from './end-run.ts';
import { finishExecution } from './finish-execution.ts';
import { getExecution } from './pipeline-store.ts';
import { failureReason, tokenPurpose } from './training-job.ts';

/** Ends an execution whose job ended well. Throws NoModelRegistered when the job registered nothing. */
export async function recordSuccess(
  executionId: string,
  context: OperationContext,
): Promise<object> {
  await endProgramToken(tokenPurpose(executionId));
  const { runId } = await load(executionId);
  const [version] = runId ? await versionsOfRun(runId) : [];
  if (!runId || !version) throw new NoModelRegistered();
  await updateRun({ run_id: runId, status: 'FINISHED', end_time: context.clock() }, context);
  const outcome = { status: 'SUCCEEDED', runId, version: String(version.version) } as const;
  await finishExecution(executionId, outcome, context);
  return { run_id: runId, version: outcome.version };
}

/** Ends an execution that failed, with the reason in words. */
export async function recordFailure(
  executionId: string,
  failure: { readonly error: string; readonly cause: string },
  context: OperationContext,
): Promise<object> {
  await endProgramToken(tokenPurpose(executionId));
  const { runId, status } = await load(executionId);
  const cause = failureReason(failure.cause);
  if (runId && status === 'RUNNING') await endRun(runId, 'FAILED', context);
  await finishExecution(executionId, { status: 'FAILED', error: failure.error, cause }, context);
  return { error: failure.error, cause };
}

class NoModelRegistered extends Error {
  override readonly name = 'NoModelRegistered';

  constructor() {
    super('The training job ended well but registered no model version');
  }
}

async function load(executionId: string) {
  const execution = await getExecution(executionId);
  if (!execution) throw notFound(`Execution ${executionId} does not exist`);
  return execution;
}
