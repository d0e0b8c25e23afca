import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GbdtModel } from '../../../../../functions/serving/scorers/gbdt-model.ts';
import type { TrainingData } from '../data/split-data.ts';
import { mlModel, toYaml } from '../mlflow/ml-model.ts';
import type { RunLog } from '../mlflow/run-log.ts';
import type { Trained } from '../trees/boost.ts';
import { baselineOf } from './baseline.ts';
import { modelFiles, toParquet } from './outputs.ts';

/** An MLflow model: its description, and its files by name. */
interface ModelFolder {
  readonly description: object;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** Writes the model below `root`: the folder that SageMaker uploads. */
export function writeModel(
  root: string,
  model: GbdtModel,
  { train }: TrainingData,
  runId: string | undefined,
): ModelFolder {
  const { features } = train;
  const description = mlModel({ model, features, runId, createdAt: Date.now() });
  const files = { ...modelFiles(model, train), MLmodel: toYaml(description) };
  const folder = join(root, 'model');
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return { description, files };
}

/** Logs the same files to the run, with the held-out rows and the summary of the training data for monitoring. */
export async function logModel(
  log: RunLog,
  { description, files }: ModelFolder,
  data: TrainingData,
  { importance }: Trained,
  predictions: Float64Array,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) await log.upload(`model/${name}`, content);
  await log.upload('evaluation/holdout.parquet', toParquet(data.holdout));
  await log.upload('baseline/summary.json', JSON.stringify(baselineOf(data, predictions)));
  await log.upload('importance.json', JSON.stringify(importance));
  await log.logModel(JSON.stringify(description));
}
