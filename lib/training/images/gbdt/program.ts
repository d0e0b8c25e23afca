import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { compileGbdt } from '../../../../functions/serving/scorers/gbdt.ts';
import { Checkpoints } from './checkpoints.ts';
import { readChannel } from './data/read-channel.ts';
import { splitData, type TrainingData } from './data/split-data.ts';
import { type Hyperparameters, parseHyperparameters } from './hyperparameters.ts';
import { MetricFeed } from './mlflow/metric-feed.ts';
import { datasetOf, describeProgress, lossMetrics, paramsOf } from './mlflow/run-entries.ts';
import { RunLog } from './mlflow/run-log.ts';
import { metricsOf } from './model/metrics.ts';
import { logModel, writeModel } from './model/model-folder.ts';
import { scorerInput } from './model/outputs.ts';
import { Stopped, unlessStopped } from './stopped.ts';
import { TrainingError } from './training-error.ts';
import { boostStepwise, type Trained } from './trees/boost.ts';

const PRINT_EVERY = 20;

/** Milliseconds that the run may take to hear that it was stopped. */
const KILLED_WAIT_MS = 2000;

/** What a training is given besides its data and settings. */
interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  /** Aborted when the training is to stop. */
  readonly signal: AbortSignal;
}

/**
 * Trains by the SageMaker container contract below `root`, logs to the tracking server that the
 * environment names, and registers the model when `model_name` is set. Throws `Stopped` soon after
 * the signal: what had been trained by then lies in the model's folder, and is not registered.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html
 */
export async function train(root: string, surroundings: Surroundings): Promise<void> {
  const { env, signal } = surroundings;
  const settings = parseHyperparameters(readHyperparameters(root));
  if (settings.model_name && !env.MLFLOW_TRACKING_URI) {
    throw new TrainingError(
      'model_name needs MLFLOW_TRACKING_URI: there is no registry to write to',
    );
  }
  const log = await unlessStopped(signal, 'before it began', () => RunLog.open(env));
  try {
    await trainAndLog(root, settings, log, surroundings);
  } catch (error) {
    // What went wrong first is what the caller must hear; who stops a training does not wait long.
    const status = error instanceof Stopped ? 'KILLED' : 'FAILED';
    const ended = log?.finish(status).catch(() => undefined);
    await (status === 'KILLED' ? Promise.race([ended, sleep(KILLED_WAIT_MS)]) : ended);
    throw error;
  }
  await log?.finish('FINISHED');
}

async function trainAndLog(
  root: string,
  settings: Hyperparameters,
  log: RunLog | undefined,
  { print, signal }: Surroundings,
): Promise<void> {
  const data = await unlessStopped(signal, 'while it read its data', async () => {
    const channel = await readChannel(join(root, 'input/data/train'), settings);
    const data = splitData(channel.table, channel.window, settings);
    print(
      `${data.train.labels.length} training rows, ${data.valid?.labels.length ?? 0} to validate, ` +
        `${data.holdout.labels.length} held out, ${data.train.features.length} features`,
    );
    await log?.logParams(paramsOf(settings, channel, data));
    await log?.logInputs([
      datasetOf('training', data.train, channel),
      datasetOf('evaluation', data.holdout, channel),
    ]);
    return data;
  });
  const feed = new MetricFeed(async (metrics) => log?.logMetrics(metrics), print);
  const checkpoints = new Checkpoints(root, settings, data);
  const trained = await boostWatched(data, settings, { feed, checkpoints, print, signal });
  const { model } = trained;
  if (signal.aborted) {
    writeModel(root, model, data, log?.runId);
    throw new Stopped(`Stopped by SIGTERM; the model of ${model.trees.length} trees is kept`);
  }
  const predictions = compileGbdt(model).score(scorerInput(data.holdout));
  const evaluation = metricsOf(data.objective, predictions, data.holdout.labels);
  const at = { timestamp: Date.now(), step: model.trees.length };
  feed.add(Object.entries(evaluation).map(([key, value]) => ({ key, value, ...at })));
  for (const [key, value] of Object.entries(evaluation)) print(`${key}=${value.toFixed(6)}`);
  const folder = writeModel(root, model, data, log?.runId);
  const phase = 'while it logged its model, which is kept';
  await unlessStopped(signal, phase, async () => {
    await feed.finish();
    if (!log) return;
    await logModel(log, folder, data, trained, predictions);
    if (!settings.model_name || signal.aborted) return;
    const { model_name, model_description, model_tags } = settings;
    const version = await log.register(model_name, model_description, model_tags);
    print(`registered ${model_name} version ${version}`);
  });
}

interface Watch {
  readonly feed: MetricFeed;
  readonly checkpoints: Checkpoints;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Boosts, and between two trees lets log calls and signals come to their turn. Goes on from the trees of
 * an earlier run that lost its instance, and ends with the trees that are there when it is to stop.
 */
async function boostWatched(
  data: TrainingData,
  settings: Hyperparameters,
  { feed, checkpoints, print, signal }: Watch,
): Promise<Trained> {
  const restored = checkpoints.read();
  if (restored.length > 0) print(`goes on after ${restored.length} trees of an earlier run`);
  // The earlier run may not have come to log them; those that it did log are the same to the last digit.
  for (const step of restored) feed.add(lossMetrics(step, step.at));
  const options = { ...settings, objective: data.objective };
  const steps = boostStepwise(data.train, data.valid, options, restored);
  let step = steps.next();
  while (!step.done) {
    const progress = { ...step.value, at: Date.now() };
    feed.add(lossMetrics(progress, progress.at));
    checkpoints.add(progress);
    if (progress.trees % PRINT_EVERY === 0) print(describeProgress(progress));
    await setImmediate();
    step = steps.next(signal.aborted ? 'stop' : undefined);
  }
  if (signal.aborted) checkpoints.write();
  return step.value;
}

function readHyperparameters(root: string): Record<string, string> {
  const path = join(root, 'input/config/hyperparameters.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  } catch (error) {
    throw new TrainingError(`${path} is not readable as JSON: ${(error as Error).message}`);
  }
}
