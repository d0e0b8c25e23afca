import { createHash } from 'node:crypto';
import { batchGet, conditionHeld, key, queryPage, writeOne } from '../../shared/dynamo/index.ts';
import { trackingTableName } from '../keys.ts';
import { contextOf, type RunInput } from './run-input.ts';

/** A dataset that runs of an experiment read in a context, such as training. */
interface DatasetSummary {
  readonly experiment_id: string;
  readonly name: string;
  readonly digest: string;
  readonly context?: string;
}

/** The run of an experiment that named a dataset first, and the hash of what it told of it. */
interface FirstTold {
  readonly run_id: string;
  readonly content: string;
}

/**
 * Notes on the experiment the dataset that a run reads. Answers with the run that named it first, if that
 * run told something else of it: its words count.
 */
export async function noteDataset(
  experiment_id: string,
  run_id: string,
  input: RunInput,
): Promise<string | undefined> {
  const table = trackingTableName();
  const { dataset } = input;
  const { name, digest } = dataset;
  const context = contextOf(input);
  const pk = key('EXPERIMENT', experiment_id);
  const first = { pk, sk: key('DATASET_FIRST', hashOf([name, digest])) };
  const listed = { pk, sk: key('DATASET', hashOf([name, digest, context ?? null])) };
  const content = hashOf(Object.entries(dataset).toSorted());
  // Most runs read what others have read: to look is cheaper than to write.
  const rows = await batchGet<{ sk: string; told?: FirstTold }>(table, [first, listed]);
  if (!rows.some(({ sk }) => sk === listed.sk)) {
    const summary: DatasetSummary = { experiment_id, name, digest, ...(context && { context }) };
    await writeOne({ table, put: { ...listed, summary } });
  }
  const told = rows.find(({ sk }) => sk === first.sk)?.told;
  if (told) return told.content === content ? undefined : told.run_id;
  const put = { ...first, told: { run_id, content } satisfies FirstTold };
  const condition = 'attribute_not_exists(pk)';
  // Of two runs that name it first at the same time each keeps its own words.
  await conditionHeld(writeOne({ table, put, condition, withoutItem: true }));
  return undefined;
}

const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Datasets of an experiment, in no particular order, `limit` at most. */
export async function datasetsOfExperiment(
  experimentId: string,
  limit: number,
): Promise<DatasetSummary[]> {
  const { items } = await queryPage<{ summary: DatasetSummary }>({
    table: trackingTableName(),
    condition: 'pk = :pk AND begins_with(sk, :dataset)',
    values: { ':pk': key('EXPERIMENT', experimentId), ':dataset': 'DATASET#' },
    limit,
  });
  return items.map(({ summary }) => summary);
}
