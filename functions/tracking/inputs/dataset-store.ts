import { createHash } from 'node:crypto';
import { key, queryPage, writeOne } from '../../shared/dynamo/index.ts';
import { trackingTableName } from '../keys.ts';
import { contextOf, type RunInput } from './run-input.ts';

/** A dataset that runs of an experiment read in a context, such as training. */
export interface DatasetSummary {
  readonly experiment_id: string;
  readonly name: string;
  readonly digest: string;
  readonly context?: string;
}

/** Notes a dataset on the experiment; one that is noted already is written again, unchanged. */
export async function noteDataset(experiment_id: string, input: RunInput): Promise<void> {
  const { name, digest } = input.dataset;
  const context = contextOf(input);
  const id = createHash('sha256')
    .update(JSON.stringify([name, digest, context ?? null]))
    .digest('hex');
  const summary: DatasetSummary = { experiment_id, name, digest, ...(context && { context }) };
  await writeOne({
    table: trackingTableName(),
    put: { pk: key('EXPERIMENT', experiment_id), sk: key('DATASET', id), summary },
  });
}

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
