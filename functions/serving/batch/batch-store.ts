import { getItem, key, queryAll, writeOne } from '../../shared/dynamo/index.ts';
import { platformTableName } from '../endpoint-store.ts';
import type { Batch } from './batch.ts';

const batchKey = (id: string) => ({ pk: key('BATCH', id), sk: 'META' });
const partKey = (id: string, index: number) => ({
  pk: key('BATCH', id),
  sk: key('PART', String(index).padStart(5, '0')),
});

export interface PartResult {
  readonly rows: number;
  readonly failed: number;
}

export const getBatch = (id: string): Promise<Batch | undefined> =>
  getItem<Batch>(platformTableName(), batchKey(id));

export async function putBatch(batch: Batch): Promise<void> {
  await writeOne({
    put: { ...batchKey(batch.id), type: 'batch', ...batch },
    table: platformTableName(),
  });
}

/** What a part came to; undefined while its results are not there. */
export const getPartResult = (id: string, index: number): Promise<PartResult | undefined> =>
  getItem<PartResult>(platformTableName(), partKey(id, index));

/** Written after the results: a part with a row is done. */
export async function putPartResult(id: string, index: number, result: PartResult): Promise<void> {
  await writeOne({
    put: { ...partKey(id, index), type: 'batch-part', ...result },
    table: platformTableName(),
  });
}

export async function sumOfParts(id: string): Promise<PartResult> {
  const sum = { rows: 0, failed: 0 };
  for await (const part of queryAll<PartResult>({
    table: platformTableName(),
    condition: 'pk = :pk AND begins_with(sk, :part)',
    values: { ':pk': key('BATCH', id), ':part': 'PART#' },
  })) {
    sum.rows += part.rows;
    sum.failed += part.failed;
  }
  return sum;
}
