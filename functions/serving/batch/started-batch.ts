import type { Batch } from './batch.ts';
import { getBatch } from './batch-store.ts';

/** A batch that the state machine works on. */
export async function startedBatch(id: string): Promise<Batch> {
  const batch = await getBatch(id);
  if (!batch) throw new Error(`Batch ${id} does not exist`);
  return batch;
}
