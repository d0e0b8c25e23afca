import { createModelVersion, createRegisteredModel } from '../../registry/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { writeOne } from '../../shared/dynamo/index.ts';
import { DomainError } from '../../shared/errors.ts';
import { loadRun, logBatch } from '../../tracking/index.ts';
import type { BestTrial, Execution, ExecutionStep } from '../executions/execution.ts';
import { EXECUTION_TAG } from '../executions/execution-tag.ts';
import { runningExecution } from '../executions/running-execution.ts';
import { endStep, startStep } from '../executions/step-store.ts';
import { replaceExecution } from '../pipeline-store.ts';
import { trainedVersion } from '../training/trained-version.ts';
import { REGISTER_ORDER, runOfStep, trialOf, trialSteps } from './trial.ts';
import { directionOf, type Tuning } from './tuning.ts';

/**
 * Registers the model of the best trial, and of no other. A repeated call finds the version of the
 * first. Throws AllTrialsFailed, and ExecutionStopped.
 */
export async function registerBest(
  executionId: string,
  context: OperationContext,
): Promise<object> {
  const execution = await runningExecution(executionId);
  const { tuning } = execution.document;
  if (!tuning) throw new Error(`Execution ${executionId} has no trials`);
  const best = bestOf(await trialSteps(executionId), tuning);
  const step = await startStep(executionId, {
    name: 'register',
    order: REGISTER_ORDER,
    status: 'RUNNING',
    startedAt: context.clock(),
    inputs: { trial: best.trial, run_id: best.runId, metrics: { [best.metric]: best.value } },
    outputs: {},
  });
  const version = await versionOf(execution, best, context);
  await writeOne(replaceExecution(execution, { ...execution, best }));
  await tellParent(execution, best, context);
  const outputs = { model: execution.document.model, model_version: version };
  await endStep(executionId, step, { status: 'SUCCEEDED', endedAt: context.clock(), outputs });
  return { trial: best.trial, version };
}

/** Of equally good trials the first. */
function bestOf(steps: readonly ExecutionStep[], tuning: Tuning): BestTrial {
  const { metric } = tuning;
  const sign = directionOf(tuning) === 'maximize' ? 1 : -1;
  let best: BestTrial | undefined;
  for (const step of steps) {
    if (step.status !== 'SUCCEEDED') continue;
    const value = (step.outputs.metrics as Readonly<Record<string, number>>)[metric] ?? Number.NaN;
    if (best && !(sign * value > sign * best.value)) continue;
    best = { trial: trialOf(step), runId: runOfStep(step), metric, value };
  }
  if (best) return best;
  throw new AllTrialsFailed(steps);
}

class AllTrialsFailed extends Error {
  override readonly name = 'AllTrialsFailed';

  constructor(steps: readonly ExecutionStep[]) {
    const [first] = steps;
    super(`No trial succeeded; the first: ${first?.cause ?? first?.error ?? 'none was prepared'}`);
  }
}

async function versionOf(
  { id, document: { model, registration } }: Execution,
  { runId, trial, metric, value }: BestTrial,
  context: OperationContext,
): Promise<string> {
  const known = await trainedVersion(runId, model);
  if (known) return String(known.version);
  await createRegisteredModel({ name: model }, context).catch((error: unknown) => {
    const isThere = error instanceof DomainError && error.code === 'RESOURCE_ALREADY_EXISTS';
    if (!isThere) throw error;
  });
  const { artifact_uri } = await loadRun(runId);
  const created = await createModelVersion(
    {
      name: model,
      source: `${artifact_uri}/model`,
      run_id: runId,
      description:
        registration?.description ?? `The best of a tuning: trial ${trial}, ${metric} ${value}`,
      tags: Object.entries({ ...registration?.tags, [EXECUTION_TAG]: id }).map(([key, value]) => ({
        key,
        value,
      })),
    },
    context,
  );
  return String(created.version);
}

/** The parent run shows the best value, and which of its children had it. */
async function tellParent(execution: Execution, best: BestTrial, context: OperationContext) {
  if (!execution.runId) return;
  const { metric: key, value, trial: step, runId } = best;
  await logBatch({
    run_id: execution.runId,
    metrics: [{ key, value, step, timestamp: context.clock() }],
    tags: [{ key: 'slipway.best_run_id', value: runId }],
  });
}
