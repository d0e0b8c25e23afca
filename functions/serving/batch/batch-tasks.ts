import { parquetWriteBuffer } from 'hyparquet-writer';
import { invalid } from '../../shared/errors.ts';
import type { LoadedModel } from '../invoke/load-model.ts';
import { artefactReader } from '../invoke/object-store.ts';
import type { InputColumns } from '../invoke/signature.ts';
import { type Batch, MOST_PYTHON_FAILURES, type Part, partFile } from './batch.ts';
import { keyOf } from './batch-addresses.ts';
import { batchModel } from './batch-model.ts';
import { openObject, putObject } from './batch-objects-store.ts';
import { deliverResults } from './batch-results.ts';
import { getDonePart, type PartResult, putDonePart, putPartFailure } from './batch-store.ts';
import { checkUnchanged } from './plan-batch.ts';
import { readColumns } from './read-part.ts';
import { type ScoredRows, scoreColumns } from './score-columns.ts';
import { startedBatch } from './started-batch.ts';

/** Loaded versions of this process, by their place. */
const models = new Map<string, Promise<LoadedModel>>();

function modelAt(location: Batch['location']): Promise<LoadedModel> {
  const id = `${location.bucket}/${location.key}`;
  const known = models.get(id) ?? batchModel(location, artefactReader(location));
  models.clear();
  models.set(id, known);
  known.catch(() => models.delete(id));
  return known;
}

/** Scores some parts after one another; what is done of them stays when a later one fails. */
export async function scoreParts(id: string, parts: readonly Part[]): Promise<PartResult> {
  const sum = { rows: 0, failed: 0 };
  for (const part of parts) {
    const { rows, failed } = await scorePart(id, part);
    sum.rows += rows;
    sum.failed += failed;
  }
  return sum;
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
  const batch = await startedBatch(id);
  const model = await modelAt(batch.location);
  const file = await openObject(part.key);
  if (file.etag !== part.etag) throw invalid(`The input changed: ${part.key} was replaced`);
  const needed = model.inputs && [
    ...model.inputs.map(({ name }) => name),
    ...batch.carry,
    ...(batch.lookup ? [batch.lookup.key] : []),
  ];
  const input = await readColumns(part.key, file, part, needed);
  const most = batch.runtime === 'python' ? MOST_PYTHON_FAILURES : Number.POSITIVE_INFINITY;
  const scored = await scoreColumns(model, input, most);
  const name = partFile(part.index);
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
              name: 'prediction',
              type: 'DOUBLE' as const,
              encoding: 'PLAIN' as const,
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

/** Notes why parts failed: their Map fails with no other reason than that they did. */
export async function notePartFailure(id: string, error: string): Promise<void> {
  await putPartFailure(await startedBatch(id), error);
}
