import { datasetMissing, parseTags } from './dataset.ts';
import { changeDataset, datasetUpdate } from './dataset-store.ts';

/** Sets tags; one whose value is null stays as it is. */
export async function setDatasetTags(input: {
  readonly dataset_id: string;
  readonly tags: string;
}): Promise<undefined> {
  const given = Object.entries(parseTags(input.tags)).filter(([, value]) => value !== null);
  const found = await changeDataset(input.dataset_id, async (dataset) => {
    const tags = { ...dataset.tags, ...Object.fromEntries(given) };
    return { writes: [datasetUpdate(dataset, { tags })], result: true };
  });
  if (!found) {
    throw datasetMissing(`Could not find evaluation dataset with ID ${input.dataset_id}`);
  }
}

/** Removes a tag; neither it nor its dataset need be there. */
export async function deleteDatasetTag(input: {
  readonly dataset_id: string;
  readonly key: string;
}): Promise<undefined> {
  await changeDataset(input.dataset_id, async (dataset) => {
    const { [input.key]: removed, ...tags } = dataset.tags;
    return {
      writes: removed === undefined ? [] : [datasetUpdate(dataset, { tags })],
      result: true,
    };
  });
}
