import { randomBytes } from 'node:crypto';
import { batchGet, key, queryPage, type Write } from '../../shared/dynamo/index.ts';
import { trackingTableName } from '../../tracking/index.ts';
import { datasetPartition } from './dataset-store.ts';
import { type DatasetRecord, packTexts, type RecordTexts, unpackTexts } from './record.ts';

type RecordItem = Omit<DatasetRecord, 'texts'> & {
  readonly pk: string;
  readonly sk: string;
  readonly texts?: RecordTexts;
  readonly packed?: Uint8Array;
};

const recordKey = (datasetId: string, recordId: string) => ({
  pk: datasetPartition(datasetId),
  sk: key('RECORD', recordId),
});
const hashKey = (datasetId: string, hash: string) => ({
  pk: datasetPartition(datasetId),
  sk: key('HASH', hash),
});

/**
 * An id of 32 hex digits behind `dr-`, as MLflow's. It begins with the time and the place in the call:
 * the order of keys is the order in which records are listed.
 */
export const newRecordId = (now: number, place: number): string =>
  `dr-${now.toString(16).padStart(12, '0')}${place.toString(16).padStart(6, '0')}${randomBytes(7).toString('hex')}`;

function toRecord({ pk: _pk, sk: _sk, texts, packed, ...record }: RecordItem): DatasetRecord {
  return { ...record, texts: unpackTexts({ ...(texts && { texts }), ...(packed && { packed }) }) };
}

export async function findRecords(
  datasetId: string,
  recordIds: readonly string[],
): Promise<DatasetRecord[]> {
  const keys = recordIds.map((id) => recordKey(datasetId, id));
  return (await batchGet<RecordItem>(trackingTableName(), keys)).map(toRecord);
}

/** Records by the hash of their inputs. */
export async function recordsByHash(
  datasetId: string,
  hashes: readonly string[],
): Promise<Map<string, DatasetRecord>> {
  const rows = await batchGet<{ record_id: string }>(
    trackingTableName(),
    hashes.map((hash) => hashKey(datasetId, hash)),
  );
  const records = await findRecords(
    datasetId,
    rows.map(({ record_id }) => record_id),
  );
  return new Map(records.map((record) => [record.input_hash, record]));
}

/** Writes of a record, new or changed, for a transaction of the caller. */
export function recordWrites(datasetId: string, record: DatasetRecord, isNew: boolean): Write[] {
  const table = trackingTableName();
  const { texts, ...rest } = record;
  const { dataset_record_id: record_id, input_hash } = record;
  const put = { ...recordKey(datasetId, record_id), ...rest, ...packTexts(texts) };
  if (!isNew) return [{ table, put }];
  return [
    { table, put },
    { table, put: { ...hashKey(datasetId, input_hash), record_id } },
  ];
}

export const recordDeletions = (datasetId: string, record: DatasetRecord): Write[] => [
  { table: trackingTableName(), delete: recordKey(datasetId, record.dataset_record_id) },
  { table: trackingTableName(), delete: hashKey(datasetId, record.input_hash) },
];

/** Records in their order after the named one, at most `limit`. A page may be shorter although more follow. */
export async function recordsAfter(
  datasetId: string,
  after: string | undefined,
  limit: number,
): Promise<{ readonly records: DatasetRecord[]; readonly more: boolean }> {
  const { items, nextKey } = await queryPage<RecordItem>({
    table: trackingTableName(),
    condition: 'pk = :pk AND begins_with(sk, :record)',
    values: { ':pk': datasetPartition(datasetId), ':record': 'RECORD#' },
    limit,
    ...(after && { startKey: recordKey(datasetId, after) }),
  });
  return { records: items.map(toRecord), more: nextKey !== undefined };
}
