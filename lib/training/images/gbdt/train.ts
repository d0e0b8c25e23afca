import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MlflowError } from './mlflow-client.ts';
import { train } from './program.ts';
import { TrainingError } from './training-error.ts';

/** SageMaker reports the first 1024 characters of this file as the reason of a failed job. */
const MAX_REASON = 1024;

const root = process.env.SLIPWAY_ML_ROOT ?? '/opt/ml';
try {
  await train(root, process.env, (line) => console.log(line));
} catch (error) {
  const expected = error instanceof TrainingError || error instanceof MlflowError;
  const reason = error instanceof Error ? error.message : String(error);
  console.error(expected ? reason : error);
  mkdirSync(join(root, 'output'), { recursive: true });
  writeFileSync(join(root, 'output/failure'), reason.slice(0, MAX_REASON));
  process.exitCode = 1;
}
