import { createHash } from 'node:crypto';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { GbdtModel } from '../../../../../functions/serving/scorers/gbdt-model.ts';
import type { ScorerInput } from '../../../../../functions/serving/scorers/input.ts';
import { type Column, plainValues, takeRows } from '../data/columns.ts';
import type { Part } from '../data/split-data.ts';
import { toOnnx } from './onnx.ts';

const EXAMPLE_ROWS = 5;

/** The features of a part, as a request would bring them. */
export const scorerInput = ({ features, labels }: Part): ScorerInput => ({
  length: labels.length,
  columns: new Map(features.map((column) => [column.name, plainValues(column)])),
});

/** Files of the model's folder by name, without `MLmodel`. */
export function modelFiles(model: GbdtModel, train: Part): Record<string, string | Uint8Array> {
  return {
    'model.gbdt.json': JSON.stringify(model),
    'model.onnx': toOnnx(model),
    'input_example.json': JSON.stringify(inputExample(train)),
  };
}

function inputExample({ features, labels }: Part): object {
  const rows = Uint32Array.from({ length: Math.min(EXAMPLE_ROWS, labels.length) }, (_, i) => i);
  const values = features.map((column) => plainValues(takeRows(column, rows)));
  return {
    columns: features.map(({ name }) => name),
    data: Array.from(rows, (row) => values.map((column) => column[row])),
  };
}

const PARQUET_TYPES = { text: 'STRING', time: 'TIMESTAMP' } as const;

/** The rows with features, label and time, as a Parquet file. */
export function toParquet({ features, label, time }: Part): Uint8Array {
  const columns: Column[] = [...features, label, ...(time ? [time] : [])];
  const buffer = parquetWriteBuffer({
    columnData: columns.map((column) => ({
      name: column.name,
      data: plainValues(column),
      type:
        column.kind === 'numeric'
          ? column.boolean
            ? 'BOOLEAN'
            : 'DOUBLE'
          : PARQUET_TYPES[column.kind],
    })),
  });
  return new Uint8Array(buffer);
}

/** Digest of the rows' features and labels: the same data gives the same, whatever files it came in. */
export function digestOf({ features, labels }: Part): string {
  const hash = createHash('sha256').update(labels);
  for (const column of features) {
    hash.update(`\0${column.name}\0`);
    if (column.kind === 'text') hash.update(plainValues(column).join('\0'));
    else hash.update(column.values);
  }
  return hash.digest('hex').slice(0, 16);
}
