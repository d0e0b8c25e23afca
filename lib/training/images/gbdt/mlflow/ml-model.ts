import { randomUUID } from 'node:crypto';
import { dump } from 'js-yaml';
import type { GbdtModel } from '../../../../../functions/serving/scorers/gbdt-model.ts';
import { type FeatureColumn, missingCount } from '../data/columns.ts';

/** Version of MLflow whose file layout is written. */
const MLFLOW_VERSION = '3.11.1';

interface ModelDescription {
  readonly model: GbdtModel;
  /** The training rows of every feature: what was missing there may be missing in requests. */
  readonly features: readonly FeatureColumn[];
  readonly runId: string | undefined;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** The object that `MLmodel` holds as YAML, and `runs/log-model` takes as JSON. */
export function mlModel({ model, features, runId, createdAt }: ModelDescription): object {
  return {
    artifact_path: 'model',
    flavors: {
      'slipway.gbdt': { data: 'model.gbdt.json', objective: model.objective, version: 1 },
      onnx: { data: 'model.onnx', onnx_version: '1.16.0', providers: ['CPUExecutionProvider'] },
    },
    mlflow_version: MLFLOW_VERSION,
    model_uuid: randomUUID().replaceAll('-', ''),
    ...(runId !== undefined && { run_id: runId }),
    saved_input_example_info: {
      artifact_path: 'input_example.json',
      pandas_orient: 'split',
      type: 'dataframe',
    },
    signature: {
      inputs: schemaJson(features),
      outputs: '[{"type": "double", "required": true}]',
      params: null,
    },
    utc_time_created: utcTime(createdAt),
  };
}

export const toYaml = (model: object): string => dump(model, { lineWidth: -1 });

/** A schema in the JSON that MLflow writes: Python's spacing, `type` first. */
export function schemaJson(features: readonly FeatureColumn[]): string {
  const specs = features.map((column) => {
    const required = missingCount(column) === 0;
    return `{"type": "${typeOf(column)}", "name": ${JSON.stringify(column.name)}, "required": ${required}}`;
  });
  return `[${specs.join(', ')}]`;
}

function typeOf(column: FeatureColumn): string {
  if (column.kind === 'text') return 'string';
  // MLflow has no missing booleans or integers; a double takes whole numbers as well.
  return column.boolean && missingCount(column) === 0 ? 'boolean' : 'double';
}

/** `2026-03-01 04:05:06.789000`, as Python prints a time. */
const utcTime = (ms: number): string =>
  `${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')}000`;
