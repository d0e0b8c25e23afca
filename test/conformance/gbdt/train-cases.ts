import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { compileGbdt } from '../../../functions/serving/scorers/gbdt.ts';
import { plainValues } from '../../../lib/training/images/gbdt/data/columns.ts';
import { toOnnx } from '../../../lib/training/images/gbdt/model/onnx.ts';
import { scorerInput } from '../../../lib/training/images/gbdt/model/outputs.ts';
import type { Examples } from '../../../lib/training/images/gbdt/trees/boost.ts';
import { boostOptions } from '../../../lib/training/images/gbdt/trees/options.ts';
import { boost } from '../../unit/training/examples.ts';
import { generate } from './cases.ts';

/** Trains every case and leaves rows, predictions and ONNX in a folder for the comparison. */
const [folder = '.'] = process.argv.slice(2);
const SETTINGS = { trees: 150, learning_rate: 0.1, max_leaves: 31, early_stopping_rounds: 0 };

for (const objective of ['binary', 'regression'] as const) {
  const [train, test] = [generate(objective, 40_000, 1), generate(objective, 20_000, 2)];
  const started = performance.now();
  const { model } = boost(train, undefined, { ...boostOptions.parse(SETTINGS), objective });
  const seconds = (performance.now() - started) / 1000;
  const label = { name: 'label', kind: 'numeric' as const, boolean: false };
  const part = { ...test, label: { ...label, values: test.labels } };
  const predictions = compileGbdt(model).score(scorerInput(part));
  const target = join(folder, objective);
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'model.onnx'), toOnnx(model));
  writeFileSync(join(target, 'train.parquet'), toFile(train));
  writeFileSync(join(target, 'test.parquet'), toFile(test));
  writeFileSync(
    join(target, 'report.json'),
    JSON.stringify({ seconds, settings: SETTINGS, predictions: Array.from(predictions) }),
  );
  console.log(`${objective}: trained on ${train.labels.length} rows in ${seconds.toFixed(1)} s`);
}

function toFile({ features, labels }: Examples): Uint8Array {
  const columns = features.map((column) => ({
    name: column.name,
    data: plainValues(column),
    type: column.kind === 'text' ? ('STRING' as const) : ('DOUBLE' as const),
  }));
  const label = { name: 'label', data: Array.from(labels), type: 'DOUBLE' as const };
  return new Uint8Array(parquetWriteBuffer({ columnData: [...columns, label] }));
}
