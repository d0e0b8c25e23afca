import { chunksOf, mapInChunks } from '../../shared/chunks.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed, conditionHeld, retryChanged } from '../../shared/dynamo/index.ts';
import { DomainError } from '../../shared/errors.ts';
import { deleteAssessmentsOfRuns } from '../../traces/index.ts';
import { loadRunItems, setFreshRunStages, setRunStage } from '../runs/run-store.ts';
import { runIdsOf } from '../search/run-listing.ts';
import { freshRuns } from '../segments/settled-run-store.ts';
import { loadMark, markIs, nextMark, putMark, type StageMark } from '../segments/stage-mark.ts';
import { experimentMissing, type LifecycleStage } from './experiment.ts';
import { changeExperiment, loadExperiment } from './experiment-store.ts';

/** Runs of a transaction, which takes a hundred writes: two each, and a check. */
const RUNS_PER_TRANSACTION = 40;

/** Runs whose assessments are looked for in one call. */
const RUNS_PER_READ = 100;

const CONCURRENCY = 8;

/** After this long the client is asked to come again: a function has 29 s. */
const TIME_LIMIT_MS = 20_000;

/**
 * Deletes or restores an experiment with its runs. One transaction changes the experiment and leaves a
 * mark that counts for all runs at rest, however many; the fresh ones, which are few, are gone through after it. If
 * that is interrupted, doing it again goes on with them.
 */
export async function setExperimentLifecycle(
  experimentId: string,
  stage: LifecycleStage,
  context: OperationContext,
): Promise<undefined> {
  const mark = await retryChanged(() => markExperiment(experimentId, stage, context.clock()));
  try {
    await setFreshStages(experimentId, mark, context);
    if (stage === 'deleted') await deleteAssessments(experimentId);
  } catch (error) {
    // Somebody else has deleted or restored it since.
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
  const experiment = await loadExperiment(experimentId);
  const done = putMark(experimentId, mark, { ...mark, pending: false });
  await conditionHeld(changeExperiment(experiment, { runs_pending: false }, [done]));
  return undefined;
}

/** Throws `ConditionFailed` when somebody else does the same at the same moment. */
async function markExperiment(
  experimentId: string,
  stage: LifecycleStage,
  now: number,
): Promise<StageMark> {
  const before = await loadMark(experimentId);
  const experiment = await loadExperiment(experimentId);
  if (experiment.lifecycle_stage === stage && !experiment.runs_pending) {
    throw experimentMissing(experimentId);
  }
  const mark = nextMark(before, stage, now);
  const changes = { lifecycle_stage: stage, last_update_time: now, runs_pending: true };
  await changeExperiment(experiment, changes, [putMark(experimentId, before, mark)]);
  return mark;
}

/** Throws `ConditionFailed` when the mark is another one by now. */
async function setFreshStages(
  experimentId: string,
  mark: StageMark,
  { clock }: OperationContext,
): Promise<void> {
  const until = clock() + TIME_LIMIT_MS;
  const fresh = (await freshRuns(experimentId)).map(({ run_id }) => run_id);
  await mapInChunks([...chunksOf(fresh, RUNS_PER_TRANSACTION)], CONCURRENCY, async (batch) => {
    if (clock() > until) {
      const text = `The runs of experiment ${experimentId} are being changed; try again`;
      throw new DomainError('REQUEST_LIMIT_EXCEEDED', text);
    }
    await setStages(experimentId, batch, mark);
  });
}

async function setStages(
  experimentId: string,
  runIds: readonly string[],
  mark: StageMark,
): Promise<void> {
  const { stage, time } = mark;
  const other = (await loadRunItems(runIds)).filter((one) => one.lifecycle_stage !== stage);
  if (other.length === 0) return;
  const check = markIs(experimentId, mark);
  const ids = other.map(({ run_id }) => run_id);
  if (await conditionHeld(setFreshRunStages(ids, stage, time, [check]))) return;
  // One was settled since, or the mark is another one: then the first of these says so.
  for (const id of ids) await setRunStage(id, stage, time, [check]);
}

async function deleteAssessments(experimentId: string): Promise<void> {
  const ids: string[] = [];
  for await (const id of runIdsOf(experimentId)) ids.push(id);
  await mapInChunks([...chunksOf(ids, RUNS_PER_READ)], CONCURRENCY, deleteAssessmentsOfRuns);
}
