import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MlflowError } from './mlflow/mlflow-client.ts';
import { train } from './program.ts';
import { Stopped } from './stopped.ts';
import { TrainingError } from './training-error.ts';

/** SageMaker reports the first 1024 characters of this file as the reason of a failed job. */
const MAX_REASON = 1024;

/** The exit code that shells give a program that SIGTERM ended: 128 + 15. */
const STOPPED_CODE = 143;

const root = process.env.SLIPWAY_ML_ROOT ?? '/opt/ml';
const stop = new AbortController();
// SageMaker sends SIGTERM to stop a job, or when its time is up, and SIGKILL two minutes later.
process.once('SIGTERM', () => stop.abort());
try {
  await train(root, {
    env: process.env,
    print: (line) => console.log(line),
    signal: stop.signal,
  });
} catch (error) {
  const stopped = error instanceof Stopped;
  const expected = stopped || error instanceof TrainingError || error instanceof MlflowError;
  const reason = error instanceof Error ? error.message : String(error);
  console.error(expected ? reason : error);
  mkdirSync(join(root, 'output'), { recursive: true });
  writeFileSync(join(root, 'output/failure'), reason.slice(0, MAX_REASON));
  // Ends at once: requests that are still under way would keep the process alive.
  if (stopped) process.exit(STOPPED_CODE);
  process.exitCode = 1;
}
