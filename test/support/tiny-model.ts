import { parquetWriteBuffer } from 'hyparquet-writer';
import { createModelVersion } from '../../functions/registry/versions/create-model-version.ts';
import type { OperationContext } from '../../functions/shared/context.ts';
import { createRun } from '../../functions/tracking/index.ts';
import type { Loop } from './loop.ts';

/** Columns of the tiny data: `x` tells most about the label, `z` less, `n` nothing. */
export type Column = 'x' | 'z' | 'n';

/** Rows of a synthetic classification; the same for the same seed. */
export function tinyRows(count: number, seed = 1) {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Array.from({ length: count }, () => {
    const label = uniform() < 0.4 ? 1 : 0;
    const x = (0.55 * label + uniform()) / 1.55;
    const z = (0.2 * label + uniform()) / 1.2;
    return { x, z, n: uniform(), group: uniform() < 0.3 ? 'small' : 'large', label };
  });
}

/** A model whose score grows with one column. */
export function gbdtOf(column: Column): string {
  const stump = (threshold: number) => ({
    feature: [0],
    threshold: [Math.fround(threshold)],
    default_left: [1],
    categories: [null],
    left: [-1],
    right: [-2],
    leaf: [-0.1, 0.1],
  });
  return JSON.stringify({
    format: 'slipway.gbdt',
    version: 1,
    objective: 'binary',
    base_score: 0,
    features: [{ name: column, type: 'numeric' }],
    trees: Array.from({ length: 39 }, (_, i) => stump((i + 1) / 40)),
  });
}

const MLMODEL = (column: Column) => `artifact_path: model
flavors:
  slipway.gbdt:
    data: model.gbdt.json
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
signature:
  inputs: '[{"type": "double", "name": "${column}", "required": true}]'
  outputs: '[{"type": "double", "name": "prediction", "required": true}]'
`;

export function parquetOf(rows: ReturnType<typeof tinyRows>): Buffer {
  const column = (name: 'x' | 'z' | 'n' | 'label') => ({
    name,
    type: 'DOUBLE' as const,
    data: rows.map((row) => row[name]),
  });
  return Buffer.from(
    parquetWriteBuffer({
      columnData: [
        column('x'),
        column('z'),
        column('n'),
        column('label'),
        { name: 'group', type: 'STRING', data: rows.map((row) => row.group) },
      ],
    }),
  );
}

/** Does what a training program does: a run with its artifacts, and a version registered from it. */
export async function trainTiny(
  loop: Pick<Loop, 'put'>,
  model: string,
  column: Column,
  context: OperationContext,
  options: {
    files?: Record<string, string | Buffer | null>;
    rows?: number;
    description?: string;
  } = {},
): Promise<string> {
  const run = await createRun({}, context);
  const root = run.artifact_uri
    .replace('mlflow-artifacts:/', 'mlflow-artifacts/')
    .replace('//', '/');
  const files: Record<string, string | Buffer | null> = {
    'model/MLmodel': MLMODEL(column),
    'model/model.gbdt.json': gbdtOf(column),
    'model/input_example.json': JSON.stringify({ columns: [column], data: [[0.5]] }),
    'evaluation/holdout.parquet': parquetOf(tinyRows(options.rows ?? 600)),
    ...options.files,
  };
  for (const [path, body] of Object.entries(files)) {
    if (body !== null) await loop.put(`${root}/${path}`, body);
  }
  const version = await createModelVersion(
    {
      name: model,
      source: `${run.artifact_uri}/model`,
      run_id: run.run_id,
      ...(options.description && { description: options.description }),
    },
    context,
  );
  return String(version.version);
}
