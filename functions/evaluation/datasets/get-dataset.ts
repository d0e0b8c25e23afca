import { datasetMissing, toWireDataset } from './dataset.ts';
import { experimentsOfDataset, findDataset } from './dataset-store.ts';

/** A dataset without its records and experiments. */
export async function getDataset({ dataset_id }: { readonly dataset_id: string }): Promise<object> {
  const dataset = await findDataset(dataset_id);
  if (!dataset) throw datasetMissing(`Evaluation dataset with id '${dataset_id}' not found`);
  return { dataset: toWireDataset(dataset) };
}

/** Experiments that a dataset belongs to; none for a dataset that is not there. */
export async function getDatasetExperiments({
  dataset_id,
}: {
  readonly dataset_id: string;
}): Promise<object> {
  return { experiment_ids: await experimentsOfDataset(dataset_id) };
}
