import type { Int64 } from '../../mlflow/index.ts';
import type { CheckedComparison, OrderClause } from '../../search/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { invalid } from '../../shared/errors.ts';
import { deleteAssessmentsOfRuns } from '../../traces/index.ts';
import type { LifecycleStage } from '../experiments/experiment.ts';
import { loadExperiment } from '../experiments/experiment-store.ts';
import { findRuns, type RunPlace } from '../search/find-runs.ts';
import { setRunStage } from './run-store.ts';

/**
 * Runs of one request, at most.
 * https://docs.databricks.com/api/workspace/experiments/deleteruns
 */
export const MAX_RUNS = 10_000;

/** Runs changed at the same time. */
const CONCURRENCY = 20;

/** After this long a request is answered with what is done: fewer runs than it may change. */
const TIME_LIMIT_MS = 20_000;

/** The oldest first. */
const ORDER = [
  { entity: 'attribute', key: 'start_time', kind: 'number', descending: false },
  { entity: 'attribute', key: 'run_id', kind: 'string', descending: false },
] as const satisfies readonly OrderClause[];

interface DeleteRunsInput {
  readonly experiment_id: string;
  /** Epoch milliseconds. */
  readonly max_timestamp_millis: Int64;
  readonly max_runs: number;
}

/** Deletes active runs of an experiment that began at the time or before it. */
export async function deleteRuns(
  input: DeleteRunsInput,
  context: OperationContext,
): Promise<{ runs_deleted: number }> {
  const { experiment_id, max_timestamp_millis: latest, max_runs } = input;
  const until = attribute('start_time', '<=', latest);
  const runs = await runsToChange(experiment_id, 'active', until, max_runs);
  return { runs_deleted: await setStages(runs, 'deleted', context) };
}

interface RestoreRunsInput {
  readonly experiment_id: string;
  /** Epoch milliseconds. */
  readonly min_timestamp_millis: Int64;
  readonly max_runs: number;
}

/** Restores runs of an experiment that were deleted at the time or since. */
export async function restoreRuns(
  input: RestoreRunsInput,
  context: OperationContext,
): Promise<{ runs_restored: number }> {
  const { experiment_id, min_timestamp_millis: earliest, max_runs } = input;
  const since = attribute('deleted_time', '>=', earliest);
  const runs = await runsToChange(experiment_id, 'deleted', since, max_runs);
  return { runs_restored: await setStages(runs, 'active', context) };
}

const attribute = (key: string, operator: '<=' | '>=', time: Int64): CheckedComparison => ({
  entity: 'attribute',
  key,
  operator,
  value: Number(time),
  kind: 'number',
});

async function runsToChange(
  experimentId: string,
  stage: LifecycleStage,
  comparison: CheckedComparison,
  maxRuns: number,
): Promise<string[]> {
  if (maxRuns < 1 || maxRuns > MAX_RUNS) {
    throw invalid(`Invalid value ${maxRuns} for parameter 'max_runs': it is 1 to ${MAX_RUNS}`);
  }
  const { experiment_id } = await loadExperiment(experimentId);
  const found = await findRuns({
    experimentIds: [experiment_id],
    filter: [comparison],
    view: stage === 'active' ? 'ACTIVE_ONLY' : 'DELETED_ONLY',
    order: ORDER,
    newestFirst: false,
    after: undefined,
    limit: maxRuns,
  });
  return found.map(({ item }) => idOf(item));
}

function idOf(place: RunPlace): string {
  if ('segment' in place) return place.segment.id(place.row);
  return 'run' in place ? place.run.run_id : place.details.run.run_id;
}

/** Returns how many runs were changed. */
async function setStages(
  runIds: readonly string[],
  stage: LifecycleStage,
  { clock }: OperationContext,
): Promise<number> {
  const deadline = clock() + TIME_LIMIT_MS;
  let done = 0;
  while (done < runIds.length && clock() < deadline) {
    const some = runIds.slice(done, done + CONCURRENCY);
    // First: who repeats what was interrupted finds only runs that are not deleted yet.
    if (stage === 'deleted') await deleteAssessmentsOfRuns(some);
    await Promise.all(some.map((id) => setRunStage(id, stage, clock())));
    done += some.length;
  }
  return done;
}
