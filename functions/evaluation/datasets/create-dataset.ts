import type { OperationContext } from '../../shared/context.ts';
import { newHexId } from '../../shared/ids.ts';
import {
  datasetDigest,
  type EvaluationDataset,
  parseTags,
  toWireDataset,
  USER_TAG,
} from './dataset.ts';
import { putDataset } from './dataset-store.ts';

interface CreateDatasetInput {
  readonly name: string;
  readonly experiment_ids: readonly string[];
  /** A JSON object. */
  readonly tags?: string;
}

/** Makes an empty dataset; names need not be unique, and experiments need not be there yet. */
export async function createDataset(
  input: CreateDatasetInput,
  context: OperationContext,
): Promise<object> {
  const { name } = input;
  const tags = parseTags(input.tags);
  const user = tags[USER_TAG] ?? undefined;
  const now = context.clock();
  const dataset: EvaluationDataset = {
    dataset_id: `d-${newHexId()}`,
    name,
    digest: datasetDigest(name, now),
    created_time: now,
    last_update_time: now,
    ...(user !== undefined && { created_by: user, last_updated_by: user }),
    tags,
    num_records: 0,
    revision: 1,
  };
  const experiment_ids = [...new Set(input.experiment_ids)];
  await putDataset(dataset, experiment_ids);
  return { dataset: { ...toWireDataset(dataset), experiment_ids } };
}
