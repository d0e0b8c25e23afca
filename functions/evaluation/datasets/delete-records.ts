import { chunksOf } from '../../shared/chunks.ts';
import { profileOf } from './dataset.ts';
import { changeDataset, datasetUpdate } from './dataset-store.ts';
import { findRecords, recordDeletions } from './record-store.ts';

interface DeleteRecordsInput {
  readonly dataset_id: string;
  readonly dataset_record_ids: readonly string[];
}

/** Records of one transaction: it takes a hundred rows, of which a record has two. */
const MAX_RECORDS = 45;

/** Deletes records; those that are not there are passed over. Digest and times stay as they are. */
export async function deleteRecords(input: DeleteRecordsInput): Promise<object> {
  const { dataset_id } = input;
  const ids = [...new Set(input.dataset_record_ids)];
  let deleted_count = 0;
  for (const part of chunksOf(ids, MAX_RECORDS)) {
    const deleted = await changeDataset(dataset_id, async (dataset) => {
      const records = await findRecords(dataset_id, part);
      if (records.length === 0) return { writes: [], result: 0 };
      const num_records = dataset.num_records - records.length;
      return {
        writes: [
          datasetUpdate(dataset, { num_records, profile: profileOf(num_records) }),
          ...records.flatMap((record) => recordDeletions(dataset_id, record)),
        ],
        result: records.length,
      };
    });
    deleted_count += deleted ?? 0;
  }
  return { deleted_count };
}
