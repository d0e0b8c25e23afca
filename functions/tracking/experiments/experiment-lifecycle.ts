import type { OperationContext } from '../../shared/context.ts';
import { deleteAssessmentsOfRuns } from '../../traces/index.ts';
import { loadRunItems, setRunStage } from '../runs/run-store.ts';
import { runIdsOf } from '../search/run-listing.ts';
import { experimentMissing, type LifecycleStage } from './experiment.ts';
import { changeExperiment, loadExperiment } from './experiment-store.ts';

/** Runs changed at the same time. */
const CONCURRENCY = 20;

/**
 * Deletes or restores an experiment with its runs. The experiment comes first, so that no run can be
 * added meanwhile; if this is interrupted, doing it again goes on with the runs.
 */
export async function setExperimentLifecycle(
  experimentId: string,
  stage: LifecycleStage,
  context: OperationContext,
): Promise<undefined> {
  const experiment = await loadExperiment(experimentId);
  if (experiment.lifecycle_stage === stage && !experiment.runs_pending) {
    throw experimentMissing(experimentId);
  }
  await changeExperiment(experiment, {
    lifecycle_stage: stage,
    last_update_time: context.clock(),
    runs_pending: true,
  });
  await setRunStages(experimentId, stage, context.clock());
  await changeExperiment(experiment, { runs_pending: false });
  return undefined;
}

async function setRunStages(
  experimentId: string,
  stage: LifecycleStage,
  now: number,
): Promise<void> {
  let batch: string[] = [];
  for await (const runId of runIdsOf(experimentId)) {
    batch.push(runId);
    if (batch.length < CONCURRENCY) continue;
    await setStageOf(batch, stage, now);
    batch = [];
  }
  await setStageOf(batch, stage, now);
}

async function setStageOf(
  runIds: readonly string[],
  stage: LifecycleStage,
  now: number,
): Promise<void> {
  const other = (await loadRunItems(runIds)).filter((one) => one.lifecycle_stage !== stage);
  await Promise.all(other.map((one) => setRunStage(one.run_id, stage, now, one)));
  if (stage === 'deleted') await deleteAssessmentsOfRuns(runIds);
}
