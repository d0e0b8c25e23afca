import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GbdtModel } from '../../../functions/serving/scorers/gbdt-model.ts';
import { toOnnx } from '../../../lib/training/images/gbdt/model/onnx.ts';

const COLUMNS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const TREES = 100;
const DEPTH = 5;

/** A full tree of the depth, its columns and thresholds spread by its number. */
function tree(number: number): GbdtModel['trees'][number] {
  const inner = 2 ** DEPTH - 1;
  const nodes = Array.from({ length: inner }, (_, i) => i);
  const child = (i: number) => (i < inner ? i : -(i - inner) - 1);
  return {
    feature: nodes.map((i) => (i + number) % COLUMNS.length),
    threshold: nodes.map((i) => Math.fround((((i * 37 + number * 11) % 97) + 1) / 100)),
    default_left: nodes.map((i) => i % 2),
    categories: nodes.map(() => null),
    left: nodes.map((i) => child(2 * i + 1)),
    right: nodes.map((i) => child(2 * i + 2)),
    leaf: Array.from({ length: inner + 1 }, (_, i) => Math.fround((i - inner / 2) / 500)),
  };
}

export const gbdt = JSON.stringify({
  format: 'slipway.gbdt',
  version: 1,
  objective: 'binary',
  base_score: 0,
  features: COLUMNS.map((name) => ({ name, type: 'numeric' })),
  trees: Array.from({ length: TREES }, (_, i) => tree(i)),
} satisfies GbdtModel);

/** Columns of the signature, as JSON text. */
export const inputs = JSON.stringify(
  COLUMNS.map((name) => ({ type: 'double', name, required: true })),
).replaceAll('","', '", "');

/** One artefact for everybody: Slipway's flavor, and the same trees in ONNX for MLflow. */
export const mlmodel = `flavors:
  slipway.gbdt:
    data: model.gbdt.json
  python_function:
    loader_module: bench_onnx
    code: code
    data: model.onnx
    env: {}
signature:
  inputs: '${inputs}'
`;

/** ONNX Runtime takes a matrix of one column for each feature; MLflow's own loader passes vectors. */
const LOADER = `import onnxruntime


class Model:
    def __init__(self, path):
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def predict(self, rows, params=None):
        columns = {c: rows[[c]].to_numpy("float32") for c in rows.columns}
        return self.session.run(None, columns)[0][:, -1]


def _load_pyfunc(path):
    return Model(path)
`;

/** Writes the artefact into a folder. */
export function writeModel(folder: string): void {
  mkdirSync(join(folder, 'code'), { recursive: true });
  writeFileSync(join(folder, 'code/bench_onnx.py'), LOADER);
  writeFileSync(join(folder, 'MLmodel'), mlmodel);
  writeFileSync(join(folder, 'model.gbdt.json'), gbdt);
  writeFileSync(join(folder, 'model.onnx'), toOnnx(JSON.parse(gbdt) as GbdtModel));
}

/** A request of so many rows. */
export function requestOf(rows: number): string {
  const row = (i: number) =>
    Object.fromEntries(COLUMNS.map((name, j) => [name, ((i * 13 + j * 29) % 101) / 100]));
  return JSON.stringify({ dataframe_records: Array.from({ length: rows }, (_, i) => row(i)) });
}
