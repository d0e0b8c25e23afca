import { mapInChunks } from '../../shared/chunks.ts';
import { invalid } from '../../shared/errors.ts';
import {
  BATCH_LISTS_PREFIX,
  type Batch,
  MAX_PARTS_PER_BATCH,
  type Part,
  ROWS_PER_PART,
  ROWS_PER_PYTHON_PART,
} from './batch.ts';
import { keyOf } from './batch-addresses.ts';
import { listKeys, openObject, putObject } from './batch-objects-store.ts';
import { type DonePart, doneParts } from './batch-store.ts';
import { cutRows, isTable, rowGroupsOf } from './read-part.ts';
import { startedBatch } from './started-batch.ts';

/** What the state machine has to know to run a batch. */
interface BatchPlan {
  readonly parts: number;
  /** Key of the object that lists the parts, one a line. */
  readonly list: string;
  /** How many parts an invocation scores. */
  readonly parts_per_batch: number;
  /** Where the files of the version are whose Python environment has to be built; null: none is needed. */
  readonly environment: Batch['location'] | null;
}

/** Files that are looked into at the same time. */
const FILES_AT_ONCE = 16;

/**
 * Cuts the input's files into parts and lists them for the Map that scores them: there may be more than
 * fit into a state. Throws INVALID_PARAMETER_VALUE when there is nothing to score, and when the input is
 * no longer what parts that are done were scored from.
 */
export async function planBatch(id: string): Promise<BatchPlan> {
  const batch = await startedBatch(id);
  const parts = await cutInput(batch);
  for await (const done of doneParts(id)) checkUnchanged(done, parts[done.index]);
  const list = `${BATCH_LISTS_PREFIX}${id}/${batch.attempt}.jsonl`;
  await putObject(list, Buffer.from(parts.map((part) => `${JSON.stringify(part)}\n`).join('')));
  return {
    parts: parts.length,
    list,
    parts_per_batch: partsPerBatch(parts, rowsPerPart(batch)),
    environment: batch.runtime === 'python' ? batch.location : null,
  };
}

/** The parts of a batch's input as it is now, in the order of its files. */
export async function cutInput(batch: Pick<Batch, 'input' | 'runtime'>): Promise<Part[]> {
  const { input } = batch;
  const most = rowsPerPart(batch);
  const keys = (await listKeys(keyOf(input))).filter(isTable);
  if (keys.length === 0) throw invalid(`${input} holds no .parquet and no .csv file`);
  const cut = await mapInChunks(keys, FILES_AT_ONCE, (key) => cutFile(key, most));
  return cut.flat().map((part, index) => ({ index, ...part }));
}

const rowsPerPart = ({ runtime }: Pick<Batch, 'runtime'>) =>
  runtime === 'python' ? ROWS_PER_PYTHON_PART : ROWS_PER_PART;

async function cutFile(key: string, most: number): Promise<Omit<Part, 'index'>[]> {
  const file = await openObject(key);
  const groups = await rowGroupsOf(key, file);
  return cutRows(groups, most).map((rows) => ({ key, etag: file.etag, ...rows }));
}

/** So many parts that together they have no more rows than one part may have. */
export function partsPerBatch(
  parts: readonly Pick<Part, 'start' | 'end'>[],
  most = ROWS_PER_PART,
): number {
  const largest = parts.reduce((most, { start, end }) => Math.max(most, end - start), 1);
  return Math.max(1, Math.min(MAX_PARTS_PER_BATCH, Math.floor(most / largest)));
}

/** Throws when a part that is done was scored from rows that have changed since: results are never mixed. */
export function checkUnchanged(done: DonePart, part: Part | undefined): void {
  const { index, key, etag, start, end } = done;
  const same = part?.key === key && part.etag === etag && part.start === start && part.end === end;
  if (same) return;
  throw invalid(
    `The input changed: part ${index} was scored from rows ${start} to ${end} of ${key} as it was then. ` +
      'Put the files back, or start a new job',
  );
}
