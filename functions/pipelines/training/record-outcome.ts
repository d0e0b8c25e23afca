import { endProgramToken } from '../../auth/index.ts';
import { type ModelVersion, setTag } from '../../registry/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { notFound } from '../../shared/errors.ts';
import { latestOfRuns, updateRun } from '../../tracking/index.ts';
import { finishExecution } from '../executions/finish-execution.ts';
import { getExecution } from '../pipeline-store.ts';
import { endTraining } from './end-training.ts';
import { failTraining } from './fail-training.ts';
import { trainedVersion } from './trained-version.ts';
import { keepCached } from './training-cache.ts';
import { failureReason, tokenPurpose } from './training-job.ts';

/**
 * Ends an execution whose jobs ended well; `seconds` is what its one job is billed for. Throws
 * NoModelRegistered when no version of the pipeline's model was registered.
 */
export async function recordSuccess(
  executionId: string,
  seconds: number | undefined,
  context: OperationContext,
): Promise<object> {
  await endProgramToken(tokenPurpose(executionId));
  const execution = await load(executionId);
  const { runId, best, cached } = execution;
  const modelRun = cached?.runId ?? best?.runId ?? runId;
  const { model } = execution.document;
  const version = modelRun ? await trainedVersion(modelRun, model) : undefined;
  if (!modelRun || !version) throw new NoModelRegistered(model);
  const endedAt = context.clock();
  if (runId) await updateRun({ run_id: runId, status: 'FINISHED', end_time: endedAt }, context);
  const number = String(version.version);
  if (!cached) await tagVersion(version, execution.document.registration?.tags ?? {}, context);
  await endTraining(executionId, {
    status: 'SUCCEEDED',
    endedAt,
    outputs: { model_version: number, metrics: await metricsOf(modelRun) },
    ...(seconds !== undefined && { billableSeconds: seconds }),
  });
  const outcome = { status: 'SUCCEEDED', runId: modelRun, version: number } as const;
  await finishExecution(executionId, outcome, context);
  if (!cached) await keepCached({ ...execution, status: 'SUCCEEDED' });
  return { run_id: modelRun, version: number };
}

/** Metrics of a run that a step shows; a program may log any number of them. */
const MAX_METRICS = 50;

/** The last values of what a program has measured, in the order of their names. */
async function metricsOf(run: string): Promise<Readonly<Record<string, number>>> {
  const latest = (await latestOfRuns([run])).get(run) ?? [];
  return Object.fromEntries(
    latest
      .filter(({ value }) => Number.isFinite(value))
      .map(({ key, value }) => [key, value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, MAX_METRICS),
  );
}

/** Ends an execution that failed, with the reason in words. */
export async function recordFailure(
  executionId: string,
  failure: { readonly error: string; readonly cause: string },
  context: OperationContext,
): Promise<object> {
  await endProgramToken(tokenPurpose(executionId));
  await failTraining(await load(executionId), failure, context);
  return { error: failure.error, cause: failureReason(failure.cause) };
}

/** A program of the user's own may have registered its model without the tags that it was told of. */
async function tagVersion(
  { name, version, tags }: ModelVersion,
  wanted: Readonly<Record<string, string>>,
  context: OperationContext,
): Promise<void> {
  for (const [key, value] of Object.entries(wanted)) {
    if (!Object.hasOwn(tags, key)) {
      await setTag({ name, version: String(version), key, value }, context);
    }
  }
}

class NoModelRegistered extends Error {
  override readonly name = 'NoModelRegistered';

  constructor(model: string) {
    super(`The training job ended well but registered no model version of ${model}`);
  }
}

async function load(executionId: string) {
  const execution = await getExecution(executionId);
  if (!execution) throw notFound(`Execution ${executionId} does not exist`);
  return execution;
}
