import type { OperationContext } from '../shared/context.ts';
import { experimentMissing, type LifecycleStage } from './experiment.ts';
import { changeExperiment, loadExperiment } from './experiment-store.ts';
import { runsOfExperiment, setRunStage } from './run-store.ts';

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
  await setRunStages(experimentId, stage);
  await changeExperiment(experiment, { runs_pending: false });
  return undefined;
}

async function setRunStages(experimentId: string, stage: LifecycleStage): Promise<void> {
  let batch: Promise<void>[] = [];
  for await (const run of runsOfExperiment(experimentId)) {
    if (run.lifecycle_stage !== stage) batch.push(setRunStage(run.run_id, stage));
    if (batch.length < CONCURRENCY) continue;
    await Promise.all(batch);
    batch = [];
  }
  await Promise.all(batch);
}
