import type { EventDefinition } from '../../events/define.ts';
import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { getItem, key, queryAll, transactWrite, writeOne } from '../../shared/dynamo/index.ts';
import { platformTableName } from '../endpoints/endpoint-store.ts';
import type { Batch, Part } from './batch.ts';

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

/** Notes how a job ended, and tells of it. */
export async function putEnd<T>(
  batch: Batch,
  event: { readonly definition: EventDefinition<T>; readonly data: T },
  context: OperationContext,
): Promise<void> {
  const table = platformTableName();
  await transactWrite([
    { put: { ...batchKey(batch.id), type: 'batch', ...batch }, table },
    outbox(table, event.definition, event.data, context),
  ]);
}

/** A part whose results are there: which rows of which content they are for, and what came of it. */
export type DonePart = Part & PartResult;

/** A part that is done; undefined while its results are not there. */
export const getDonePart = (id: string, index: number): Promise<DonePart | undefined> =>
  getItem<DonePart>(platformTableName(), partKey(id, index));

/** Written after the results: a part with a row is done. */
export async function putDonePart(id: string, part: DonePart): Promise<void> {
  await writeOne({
    put: { ...partKey(id, part.index), type: 'batch-part', ...part },
    table: platformTableName(),
  });
}

/** The parts that are done, in the order of the input. */
export const doneParts = (id: string): AsyncGenerator<DonePart> =>
  queryAll<DonePart>({
    table: platformTableName(),
    condition: 'pk = :pk AND begins_with(sk, :part)',
    values: { ':pk': key('BATCH', id), ':part': 'PART#' },
  });

const failureKey = ({ id, attempt }: Pick<Batch, 'id' | 'attempt'>) => ({
  pk: key('BATCH', id),
  sk: key('FAILURE', String(attempt)),
});

/** Why parts of the present attempt failed: the latest reason, in a sentence. */
export async function putPartFailure(batch: Batch, error: string): Promise<void> {
  await writeOne({
    put: { ...failureKey(batch), type: 'batch-failure', error },
    table: platformTableName(),
  });
}

export const getPartFailure = async (batch: Batch): Promise<string | undefined> =>
  (await getItem<{ error: string }>(platformTableName(), failureKey(batch)))?.error;

export async function sumOfParts(id: string): Promise<PartResult> {
  const sum = { rows: 0, failed: 0 };
  for await (const part of doneParts(id)) {
    sum.rows += part.rows;
    sum.failed += part.failed;
  }
  return sum;
}
