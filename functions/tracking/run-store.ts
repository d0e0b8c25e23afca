import {
  batchGet,
  ConditionFailed,
  getItem,
  key,
  type QueryPage,
  queryPage,
  transactWrite,
  type Write,
} from '../shared/dynamo/index.ts';
import { invalid } from '../shared/errors.ts';
import type { LifecycleStage } from './experiment.ts';
import { experimentIsActive, trackingTableName } from './experiment-store.ts';
import { openMetrics, setMetricsStage } from './metric-store.ts';
import { type Run, runMissing, runPartition, runRefused } from './run.ts';

export const runKey = (runId: string) => ({ pk: runPartition(runId), sk: 'META' });

type RunItem = Run & { readonly pk: string; readonly sk: string };

const toRun = ({ pk: _pk, sk: _sk, ...run }: RunItem): Run => run;

/** Writes a run, its place in its experiment's list and room for its points. */
export async function putRun(run: Run): Promise<void> {
  const table = trackingTableName();
  await transactWrite([
    experimentIsActive(run.experiment_id),
    { table, put: { ...runKey(run.run_id), ...run }, condition: 'attribute_not_exists(pk)' },
    { table, put: { pk: key('EXPERIMENT', run.experiment_id), sk: listKey(run) } },
    openMetrics(run.run_id),
  ]);
}

export async function findRun(runId: string): Promise<Run | undefined> {
  const item = await getItem<RunItem>(trackingTableName(), runKey(runId));
  return item && toRun(item);
}

/** Throws RESOURCE_DOES_NOT_EXIST. */
export async function loadRun(runId: string): Promise<Run> {
  const run = await findRun(runId);
  if (!run) throw runMissing(runId);
  return run;
}

/** Newest first, then by id: the order of keys is MLflow's order of runs. */
const listKey = ({ start_time, run_id }: Pick<Run, 'start_time' | 'run_id'>) =>
  key('RUN', String(Number.MAX_SAFE_INTEGER - start_time).padStart(17, '0'), run_id);

/** Runs of an experiment, deleted ones too, newest first; behind `after` if it is given. */
export async function* runsOfExperiment(
  experimentId: string,
  options: { readonly after?: Pick<Run, 'start_time' | 'run_id'>; readonly pageSize?: number } = {},
): AsyncGenerator<Run> {
  const { after, pageSize = 100 } = options;
  const table = trackingTableName();
  const pk = key('EXPERIMENT', experimentId);
  let startKey: QueryPage<object>['nextKey'] = after && { pk, sk: listKey(after) };
  do {
    const page: QueryPage<{ sk: string }> = await queryPage({
      table,
      condition: 'pk = :pk AND begins_with(sk, :run)',
      values: { ':pk': pk, ':run': 'RUN#' },
      limit: pageSize,
      ...(startKey && { startKey }),
    });
    const ids = page.items.map(({ sk }) => sk.slice(sk.lastIndexOf('#') + 1));
    const runs = await batchGet<RunItem>(table, ids.map(runKey));
    const byId = new Map(runs.map((item) => [item.run_id, toRun(item)]));
    for (const id of ids) {
      const run = byId.get(id);
      if (run) yield run;
    }
    startKey = page.nextKey;
  } while (startKey);
}

export interface RunChange {
  readonly update: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Besides being active. */
  readonly condition?: string;
}

/**
 * Changes the head of an active run, together with other writes. Throws for missing and deleted runs,
 * and `ConditionFailed` when the condition or one of the other writes was refused.
 */
export async function changeRun(
  runId: string,
  { update, names, values, condition }: RunChange,
  more: readonly Write[] = [],
): Promise<void> {
  const active = 'lifecycle_stage = :active';
  try {
    await transactWrite([
      {
        table: trackingTableName(),
        key: runKey(runId),
        update,
        condition: condition ? `${active} AND (${condition})` : active,
        ...(names && { names }),
        values: { ...values, ':active': 'active' },
      },
      ...more,
    ]);
  } catch (error) {
    if (isTooLarge(error)) {
      throw invalid(`Run ${runId} is full: its params and tags together may have 400 KB`);
    }
    if (!(error instanceof ConditionFailed) || error.index > 0) throw error;
    throw runRefused(runId, error.item as RunItem | undefined) ?? error;
  }
}

const isTooLarge = (error: unknown) =>
  error instanceof Error && /item size .*exceeded/i.test(error.message);

/** Deletes or restores a run for readers and for those who log to it, at once. */
export async function setRunStage(runId: string, stage: LifecycleStage): Promise<void> {
  try {
    await transactWrite([
      {
        table: trackingTableName(),
        key: runKey(runId),
        update: 'SET lifecycle_stage = :stage',
        condition: 'attribute_exists(pk)',
        values: { ':stage': stage },
      },
      setMetricsStage(runId, stage),
    ]);
  } catch (error) {
    throw error instanceof ConditionFailed ? runMissing(runId) : error;
  }
}
