import { removeDataset } from './dataset-store.ts';

/** Deletes a dataset with its records; one that is not there is deleted already. */
export async function deleteDataset({
  dataset_id,
}: {
  readonly dataset_id: string;
}): Promise<undefined> {
  await removeDataset(dataset_id);
}
