import { cutText } from '../../mlflow/index.ts';
import { chunksOf } from '../../shared/chunks.ts';
import {
  batchGet,
  ConditionFailed,
  getItem,
  ItemTooLarge,
  key,
  queryAll,
  queryPages,
  retryChanged,
  transactWrite,
  type Write,
  writeOne,
} from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { trackingTableName } from '../../tracking/index.ts';
import type { EvaluationDataset } from './dataset.ts';

const PARTITION = 'EVAL_DATASETS';
export const datasetPartition = (datasetId: string) => key('EVAL_DATASET', datasetId);
const datasetKey = (datasetId: string) => ({ pk: datasetPartition(datasetId), sk: 'META' });

type DatasetItem = EvaluationDataset & { readonly pk: string; readonly sk: string };

const toDataset = ({ pk: _pk, sk: _sk, ...dataset }: DatasetItem): EvaluationDataset => dataset;

type Place = Pick<EvaluationDataset, 'created_time' | 'dataset_id'>;

const listKey = ({ created_time, dataset_id }: Place) => ({
  pk: PARTITION,
  sk: key(String(created_time).padStart(15, '0'), dataset_id),
});

/** Writes of a transaction; it takes a hundred. */
const MAX_WRITES = 90;

/** The two rows that a dataset and an experiment have for each other. */
function associationKeys(datasetId: string, experimentId: string) {
  return [
    { pk: datasetPartition(datasetId), sk: key('EXPERIMENT', experimentId) },
    { pk: key('EXPERIMENT', experimentId), sk: datasetPartition(datasetId) },
  ];
}

const associate = (datasetId: string, experimentIds: readonly string[], now: number): Write[] =>
  experimentIds.flatMap((experimentId) =>
    associationKeys(datasetId, experimentId).map((keys) => ({
      table: trackingTableName(),
      put: { ...keys, experiment_id: experimentId, created_time: now },
    })),
  );

/** Writes a dataset, its place in the list and what ties it to its experiments. */
export async function putDataset(
  dataset: EvaluationDataset,
  experimentIds: readonly string[],
): Promise<void> {
  const table = trackingTableName();
  const { dataset_id, created_time } = dataset;
  try {
    await inTransactions([
      { table, put: { ...datasetKey(dataset_id), ...dataset } },
      { table, put: listKey(dataset) },
      ...associate(dataset_id, experimentIds, created_time),
    ]);
  } catch (error) {
    throw error instanceof ItemTooLarge ? isFull(`Dataset '${cutText(dataset.name, 100)}'`) : error;
  }
}

const isFull = (what: string) =>
  invalid(`${what} is full: its tags and schema may have 400 KB together`);

async function inTransactions(writes: readonly Write[]): Promise<void> {
  for (const some of chunksOf(writes, MAX_WRITES)) await transactWrite(some);
}

export async function findDataset(datasetId: string): Promise<EvaluationDataset | undefined> {
  const item = await getItem<DatasetItem>(trackingTableName(), datasetKey(datasetId));
  return item && !item.deleting ? toDataset(item) : undefined;
}

/** Datasets by id, in no particular order. */
export async function findDatasets(datasetIds: readonly string[]): Promise<EvaluationDataset[]> {
  const items = await batchGet<DatasetItem>(trackingTableName(), datasetIds.map(datasetKey));
  return items.filter(({ deleting }) => !deleting).map(toDataset);
}

/** All datasets, newest first; behind `after` if it is given. */
export async function* allDatasets(
  pageSize: number,
  after?: Place,
): AsyncGenerator<EvaluationDataset> {
  const pages = queryPages<{ sk: string }>({
    table: trackingTableName(),
    condition: 'pk = :pk',
    values: { ':pk': PARTITION },
    descending: true,
    limit: pageSize,
    ...(after && { startKey: listKey(after) }),
  });
  for await (const page of pages) {
    const ids = page.map(({ sk }) => sk.slice(sk.indexOf('#') + 1));
    const byId = new Map((await findDatasets(ids)).map((one) => [one.dataset_id, one]));
    for (const id of ids) {
      const dataset = byId.get(id);
      if (dataset) yield dataset;
    }
  }
}

/** Ids of the datasets of experiments, each once. */
export async function datasetsOfExperiments(experimentIds: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const experimentId of new Set(experimentIds)) {
    for await (const { sk } of queryAll<{ sk: string }>({
      table: trackingTableName(),
      condition: 'pk = :pk AND begins_with(sk, :dataset)',
      values: { ':pk': key('EXPERIMENT', experimentId), ':dataset': 'EVAL_DATASET#' },
    })) {
      found.add(sk.slice('EVAL_DATASET#'.length));
    }
  }
  return [...found];
}

/** Experiments of a dataset, the first tied first. */
export async function experimentsOfDataset(datasetId: string): Promise<string[]> {
  const rows: { experiment_id: string; created_time: number }[] = [];
  for await (const row of queryAll<(typeof rows)[number]>({
    table: trackingTableName(),
    condition: 'pk = :pk AND begins_with(sk, :experiment)',
    values: { ':pk': datasetPartition(datasetId), ':experiment': 'EXPERIMENT#' },
  })) {
    rows.push(row);
  }
  // The rows come in the order of ids; sorting keeps it among those of one moment.
  return rows.sort((a, b) => a.created_time - b.created_time).map((row) => row.experiment_id);
}

export async function tieToExperiments(
  datasetId: string,
  experimentIds: readonly string[],
  now: number,
): Promise<void> {
  await inTransactions(associate(datasetId, experimentIds, now));
}

export async function untieFromExperiments(
  datasetId: string,
  experimentIds: readonly string[],
): Promise<void> {
  const keys = experimentIds.flatMap((id) => associationKeys(datasetId, id));
  await inTransactions(keys.map((one) => ({ table: trackingTableName(), delete: one })));
}

/** Attributes of a dataset that a change sets; `undefined` removes one. */
type DatasetChange = {
  readonly [K in Exclude<keyof EvaluationDataset, 'dataset_id' | 'revision'>]?:
    | EvaluationDataset[K]
    | undefined;
};

/** The change of a dataset that was read, for a transaction of the caller. */
export function datasetUpdate(before: EvaluationDataset, change: DatasetChange): Write {
  const names = Object.keys(change) as (keyof DatasetChange)[];
  const set = names.filter((name) => change[name] !== undefined);
  const removed = names.filter((name) => change[name] === undefined);
  const remove = removed.map((name) => `#${name}`).join(', ');
  return {
    table: trackingTableName(),
    key: datasetKey(before.dataset_id),
    update:
      `SET ${['revision = :next', ...set.map((name) => `#${name} = :${name}`)].join(', ')}` +
      (remove && ` REMOVE ${remove}`),
    condition: 'revision = :revision AND attribute_not_exists(deleting)',
    ...(names.length > 0 && { names: Object.fromEntries(names.map((n) => [`#${n}`, n])) }),
    values: {
      ':revision': before.revision,
      ':next': before.revision + 1,
      ...Object.fromEntries(set.map((name) => [`:${name}`, change[name]])),
    },
  };
}

/**
 * Reads a dataset and changes it, again while somebody else changed it in between. `write` answers
 * with the writes of one transaction, `datasetUpdate` among them, and its result. Nothing for a dataset
 * that is not there.
 */
export const changeDataset = <T>(
  datasetId: string,
  write: (dataset: EvaluationDataset) => Promise<{ writes: readonly Write[]; result: T }>,
): Promise<T | undefined> =>
  retryChanged(async () => {
    const dataset = await findDataset(datasetId);
    if (!dataset) return undefined;
    const { writes, result } = await write(dataset);
    try {
      await transactWrite(writes);
    } catch (error) {
      if (error instanceof ItemTooLarge) throw isFull(`Dataset ${datasetId}`);
      throw error;
    }
    return result;
  });

/** Marks a dataset as gone, removes what belongs to it, and then its own rows. */
export async function removeDataset(datasetId: string): Promise<void> {
  const table = trackingTableName();
  const own = datasetKey(datasetId);
  const item = await getItem<DatasetItem>(table, own);
  if (!item) return;
  try {
    await writeOne({
      table,
      key: own,
      update: 'SET deleting = :true, revision = revision + :one',
      condition: 'attribute_exists(pk)',
      values: { ':true': true, ':one': 1 },
    });
  } catch (error) {
    // Another call has removed it meanwhile.
    if (error instanceof ConditionFailed) return;
    throw error;
  }
  const deletions: Write[] = [];
  for await (const { sk } of queryAll<{ sk: string }>({
    table,
    condition: 'pk = :pk',
    values: { ':pk': own.pk },
  })) {
    if (sk === own.sk) continue;
    deletions.push({ table, delete: { pk: own.pk, sk } });
    if (sk.startsWith('EXPERIMENT#')) deletions.push({ table, delete: { pk: sk, sk: own.pk } });
    if (deletions.length >= MAX_WRITES - 1) await inTransactions(deletions.splice(0));
  }
  await inTransactions([...deletions, { table, delete: listKey(item) }, { table, delete: own }]);
}
