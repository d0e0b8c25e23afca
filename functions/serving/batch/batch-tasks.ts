import { parquetWriteBuffer } from 'hyparquet-writer';
import type { OperationContext } from '../../shared/context.ts';
import { invalid } from '../../shared/errors.ts';
import { flavors } from '../invoke/flavors.ts';
import { type LoadedModel, loadModel } from '../invoke/load-model.ts';
import { artefactReader } from '../invoke/object-store.ts';
import type { InputColumns } from '../invoke/signature.ts';
import { type Batch, MAX_PARTS, type Part, ROWS_PER_PART } from './batch.ts';
import { listKeys, openObject, putObject } from './batch-objects-store.ts';
import { deliverResults } from './batch-results.ts';
import {
  type DonePart,
  doneParts,
  getBatch,
  getDonePart,
  type PartResult,
  putBatch,
  putDonePart,
  sumOfParts,
} from './batch-store.ts';
import { keyOf } from './create-batch.ts';
import { cutRows, isTable, readColumns, rowGroupsOf } from './read-part.ts';
import { type ScoredRows, scoreColumns } from './score-columns.ts';

async function existing(id: string): Promise<Batch> {
  const batch = await getBatch(id);
  if (!batch) throw new Error(`Batch ${id} does not exist`);
  return batch;
}

/**
 * Cuts the input's files into parts. Throws INVALID_PARAMETER_VALUE when there is nothing to score, and
 * when the input is no longer what parts that are done were scored from.
 */
export async function planBatch(id: string): Promise<{ parts: Part[] }> {
  const { input } = await existing(id);
  const keys = (await listKeys(keyOf(input))).filter(isTable);
  if (keys.length === 0) throw invalid(`${input} holds no .parquet and no .csv file`);
  const parts: Part[] = [];
  for (const key of keys) {
    const file = await openObject(key);
    const { etag } = file;
    const groups = await rowGroupsOf(key, file);
    for (const { start, end } of cutRows(groups, ROWS_PER_PART)) {
      parts.push({ index: parts.length, key, etag, start, end });
    }
  }
  if (parts.length > MAX_PARTS) {
    throw invalid(
      `${input} makes ${parts.length} parts of ${ROWS_PER_PART} rows; ${MAX_PARTS} are the most`,
    );
  }
  for await (const done of doneParts(id)) checkUnchanged(done, parts[done.index]);
  return { parts };
}

/** Results of other rows stay results of other rows: a new job scores the input as it is now. */
function checkUnchanged(done: DonePart, part: Part | undefined): void {
  const { index, key, etag, start, end } = done;
  const same = part?.key === key && part.etag === etag && part.start === start && part.end === end;
  if (same) return;
  throw invalid(
    `The input changed: part ${index} was scored from rows ${start} to ${end} of ${key} as it was then. ` +
      'Put the files back, or start a new job',
  );
}

/** Loaded versions of this process, by their place. */
const models = new Map<string, Promise<LoadedModel>>();

function modelAt(location: Batch['location']): Promise<LoadedModel> {
  const id = `${location.bucket}/${location.key}`;
  const known = models.get(id) ?? loadModel(artefactReader(location), flavors);
  models.clear();
  models.set(id, known);
  known.catch(() => models.delete(id));
  return known;
}

/**
 * Scores a part, unless its results are there already. Repeated it writes the same objects. Throws
 * INVALID_PARAMETER_VALUE when the input changed since it was cut.
 */
export async function scorePart(id: string, part: Part): Promise<PartResult> {
  const done = await getDonePart(id, part.index);
  if (done) {
    checkUnchanged(done, part);
    return { rows: done.rows, failed: done.failed };
  }
  const batch = await existing(id);
  const model = await modelAt(batch.location);
  const file = await openObject(part.key);
  if (file.etag !== part.etag) throw invalid(`The input changed: ${part.key} was replaced`);
  const needed = model.inputs && [
    ...model.inputs.map(({ name }) => name),
    ...batch.carry,
    ...(batch.lookup ? [batch.lookup.key] : []),
  ];
  const input = await readColumns(part.key, file, part, needed);
  const scored = await scoreColumns(model, input);
  const name = `part-${String(part.index).padStart(5, '0')}.parquet`;
  const folder = keyOf(batch.output).replace(/\/$/, '');
  await putObject(`${folder}/${name}`, resultsOf(batch, part, input, scored));
  if (scored.failures.length > 0) {
    await putObject(`${folder}/failed/${name}`, failuresOf(part, scored));
  }
  await deliverResults(batch, part, input, scored);
  const result = {
    rows: input.length - scored.failures.length,
    failed: scored.failures.length,
  };
  await putDonePart(id, { ...part, ...result });
  return result;
}

function resultsOf(batch: Batch, part: Part, input: InputColumns, scored: ScoredRows): Uint8Array {
  const failed = new Set(scored.failures.map(({ row }) => row));
  const withoutFailed = <T>(values: readonly T[]) =>
    failed.size === 0 ? values : values.filter((_, row) => !failed.has(row));
  const predictions = withoutFailed(scored.predictions);
  const rows = new BigInt64Array(predictions.length);
  for (let row = 0, i = 0; row < input.length; row++) {
    if (!failed.has(row)) rows[i++] = BigInt(part.start + row);
  }
  const numeric = predictions.every((one) => typeof one === 'number');
  const column = (name: string) =>
    withoutFailed(input.columns.get(name) ?? new Array<null>(input.length).fill(null));
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        // Numbers that hardly repeat: a dictionary of them is made for nothing.
        { name: 'input_row', type: 'INT64', encoding: 'PLAIN', data: rows },
        ...batch.carry.map((name) => ({ name, ...typed(column(name)) })),
        numeric
          ? {
              ...{ name: 'prediction', type: 'DOUBLE' as const, encoding: 'PLAIN' as const },
              data: predictions as number[],
            }
          : {
              name: 'prediction',
              type: 'STRING' as const,
              data: predictions.map((one) => JSON.stringify(one)),
            },
      ],
      kvMetadata: [
        { key: 'input', value: part.key },
        { key: 'model', value: `models:/${batch.model}/${batch.version}` },
      ],
    }),
  );
}

function typed(values: readonly unknown[]) {
  const numeric = values.every((one) => one === null || typeof one === 'number');
  return numeric
    ? { type: 'DOUBLE' as const, nullable: true, data: values as number[] }
    : {
        type: 'STRING' as const,
        nullable: true,
        data: values.map((one) => (one === null ? null : String(one))),
      };
}

const failuresOf = (part: Part, { failures }: ScoredRows): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        {
          name: 'input_row',
          type: 'INT64',
          data: failures.map(({ row }) => BigInt(part.start + row)),
        },
        { name: 'error', type: 'STRING', data: failures.map(({ error }) => error) },
      ],
      kvMetadata: [{ key: 'input', value: part.key }],
    }),
  );

export async function finishBatch(id: string, { clock }: OperationContext): Promise<PartResult> {
  const batch = await existing(id);
  const { rows, failed } = await sumOfParts(id);
  const { error: _, ...rest } = batch;
  await putBatch({ ...rest, status: 'SUCCEEDED', endedAt: clock(), rows, failedRows: failed });
  return { rows, failed };
}

/** What was scored stays: a retry goes on from there. */
export async function failBatch(id: string, error: string, { clock }: OperationContext) {
  const batch = await existing(id);
  const { rows, failed } = await sumOfParts(id);
  await putBatch({ ...batch, status: 'FAILED', endedAt: clock(), rows, failedRows: failed, error });
  return { status: 'FAILED' };
}
