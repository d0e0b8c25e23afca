import type { InputColumns } from '../invoke/signature.ts';
import type { Batch, Part } from './batch.ts';
import { putLookups, sendResults } from './batch-destinations-store.ts';
import type { ScoredRows } from './score-columns.ts';

/** A row that was scored. */
export interface Result {
  /** Its number in the file. */
  readonly input_row: number;
  readonly prediction: unknown;
  readonly columns: Readonly<Record<string, unknown>>;
}

/** Rows that go out together. */
const CHUNK_ROWS = 1000;

/**
 * Brings the results of a part to wherever they are wanted besides the files: rows that are found by a
 * key, messages of a queue. Repeated it writes the same rows, and sends the messages again.
 */
export async function deliverResults(
  batch: Batch,
  part: Part,
  input: InputColumns,
  scored: ScoredRows,
): Promise<void> {
  const { lookup, queue } = batch;
  if (!lookup && !queue) return;
  const failed = new Set(scored.failures.map(({ row }) => row));
  const keys = lookup ? (input.columns.get(lookup.key) ?? []) : [];
  for (let first = 0; first < input.length; first += CHUNK_ROWS) {
    const rows = Array.from(
      { length: Math.min(CHUNK_ROWS, input.length - first) },
      (_, i) => first + i,
    ).filter((row) => !failed.has(row));
    const results = rows.map((row): Result => {
      const columns = batch.carry.map((name) => [name, input.columns.get(name)?.[row] ?? null]);
      return {
        input_row: part.start + row,
        prediction: scored.predictions[row],
        columns: Object.fromEntries(columns),
      };
    });
    if (lookup) {
      const found = rows.flatMap((row, i) => {
        const key = keys[row];
        const result = results[i];
        const named = key !== null && key !== undefined && key !== '';
        return named && result ? [{ key: String(key), result }] : [];
      });
      await putLookups(batch.id, found);
    }
    if (queue) await sendResults(queue, { batch_id: batch.id, part: part.index }, results);
  }
}
