import {
  batchGet,
  ConditionFailed,
  getItem,
  key,
  queryAll,
  transactWrite,
  type Write,
  writeOne,
} from '../shared/dynamo/index.ts';
import { invalid } from '../shared/errors.ts';
import { trackingTableName } from './experiment-store.ts';
import { type Run, runMissing, runNotActive } from './run.ts';

export const runKey = (runId: string) => ({ pk: key('RUN', runId), sk: 'META' });

type RunItem = Run & { readonly pk: string; readonly sk: string };

const toRun = ({ pk: _pk, sk: _sk, ...run }: RunItem): Run => run;

/** Writes a run and its place in its experiment's list. */
export async function putRun(run: Run): Promise<void> {
  const table = trackingTableName();
  await transactWrite([
    { table, put: { ...runKey(run.run_id), ...run }, condition: 'attribute_not_exists(pk)' },
    { table, put: { pk: key('EXPERIMENT', run.experiment_id), sk: key('RUN', run.run_id) } },
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

/** Every run of an experiment, deleted ones too. */
export async function runsOfExperiment(experimentId: string): Promise<Run[]> {
  const keys: { pk: string; sk: string }[] = [];
  for await (const row of queryAll<{ sk: string }>({
    table: trackingTableName(),
    condition: 'pk = :pk AND begins_with(sk, :run)',
    values: { ':pk': key('EXPERIMENT', experimentId), ':run': 'RUN#' },
  })) {
    keys.push({ pk: row.sk, sk: 'META' });
  }
  return (await batchGet<RunItem>(trackingTableName(), keys)).map(toRun);
}

/** Changes a run's head under a condition on its present state. Throws for missing and deleted runs. */
export async function changeRun(
  runId: string,
  change: {
    readonly update: string;
    readonly names?: Readonly<Record<string, string>>;
    readonly values?: Readonly<Record<string, unknown>>;
    /** Terms joined by AND, besides the run being there. */
    readonly condition?: string;
    readonly anyStage?: true;
  },
  more: readonly Write[] = [],
): Promise<void> {
  const { update, names, values, condition, anyStage } = change;
  const alive = anyStage ? 'attribute_exists(pk)' : 'lifecycle_stage = :active';
  try {
    await transactWrite([
      {
        table: trackingTableName(),
        key: runKey(runId),
        update,
        condition: condition ? `${alive} AND ${condition}` : alive,
        ...(names && { names }),
        values: { ...values, ...(anyStage ? {} : { ':active': 'active' }) },
      },
      ...more,
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw refusal(runId, error);
    throw error;
  }
}

/** A condition that a run is there and active, to stand in a transaction with other writes. */
export const runIsActive = (runId: string): Write => ({
  table: trackingTableName(),
  check: runKey(runId),
  condition: 'lifecycle_stage = :active',
  values: { ':active': 'active' },
});

/** Why a write to a run was refused, from what was there instead. */
export function refusal(runId: string, error: ConditionFailed): Error {
  const present = error.item as RunItem | undefined;
  if (!present) return runMissing(runId);
  return present.lifecycle_stage === 'active' ? error : runNotActive(runId);
}

/** Logged datasets of a run. */
export interface RunInput {
  readonly dataset: {
    readonly name: string;
    readonly digest: string;
    readonly source_type: string;
    readonly source: string;
    readonly schema?: string;
    readonly profile?: string;
  };
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

export async function putInput(runId: string, input: RunInput): Promise<void> {
  const { name, digest } = input.dataset;
  const sk = key('INPUT', name, digest);
  await writeOne({ table: trackingTableName(), put: { pk: key('RUN', runId), sk, input } });
}

export async function inputsOfRun(runId: string): Promise<RunInput[]> {
  const inputs: RunInput[] = [];
  for await (const row of queryAll<{ input: RunInput }>({
    table: trackingTableName(),
    condition: 'pk = :pk AND begins_with(sk, :input)',
    values: { ':pk': key('RUN', runId), ':input': 'INPUT#' },
  })) {
    inputs.push(row.input);
  }
  return inputs;
}

/** The refusal of a changed parameter, as MLflow words it. */
export const paramChanged = (runId: string, name: string, old: string, now: string) =>
  invalid(
    `Changing param values is not allowed. Param with key='${name}' was already logged with value='${old}' ` +
      `for run ID='${runId}'. Attempted logging new value '${now}'.`,
  );
