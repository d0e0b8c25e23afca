import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileGbdt } from '../../../../functions/serving/scorers/gbdt.ts';
import { baselineOf } from './baseline.ts';
import { boost, type Progress, type Trained } from './boost.ts';
import { type Hyperparameters, parseHyperparameters } from './hyperparameters.ts';
import { metricsOf } from './metrics.ts';
import { mlModel, schemaJson, toYaml } from './ml-model.ts';
import { digestOf, modelFiles, scorerInput, toParquet } from './outputs.ts';
import { type ChannelData, readChannel } from './read-channel.ts';
import { type Metric, RunLog } from './run-log.ts';
import { type Part, splitData, type TrainingData } from './split-data.ts';
import { TrainingError } from './training-error.ts';

const PRINT_EVERY = 20;

/**
 * Trains by the SageMaker container contract below `root`, logs to the tracking server that the
 * environment names, and registers the model when `model_name` is set.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html
 */
export async function train(
  root: string,
  env: NodeJS.ProcessEnv,
  print: (line: string) => void,
): Promise<void> {
  const settings = parseHyperparameters(readHyperparameters(root));
  if (settings.model_name && !env.MLFLOW_TRACKING_URI) {
    throw new TrainingError(
      'model_name needs MLFLOW_TRACKING_URI: there is no registry to write to',
    );
  }
  const log = await RunLog.open(env);
  try {
    await trainAndLog(root, settings, log, print);
  } catch (error) {
    // What went wrong first is what the caller must hear.
    await log?.finish('FAILED').catch(() => undefined);
    throw error;
  }
  await log?.finish('FINISHED');
}

async function trainAndLog(
  root: string,
  settings: Hyperparameters,
  log: RunLog | undefined,
  print: (line: string) => void,
): Promise<void> {
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
  const metrics: Metric[] = [];
  const options = { ...settings, objective: data.objective };
  const trained = boost(data.train, data.valid, options, (progress) => {
    metrics.push(...lossMetrics(progress));
    if (progress.trees % PRINT_EVERY === 0) print(describeProgress(progress));
  });
  const predictions = compileGbdt(trained.model).score(scorerInput(data.holdout));
  const evaluation = metricsOf(data.objective, predictions, data.holdout.labels);
  for (const [key, value] of Object.entries(evaluation)) {
    metrics.push({ key, value, timestamp: Date.now(), step: trained.model.trees.length });
    print(`${key}=${value.toFixed(6)}`);
  }
  await log?.logMetrics(metrics);
  await writeOutputs(root, log, data, trained, predictions);
  if (log && settings.model_name) {
    const { model_name, model_description, model_tags } = settings;
    const version = await log.register(model_name, model_description, model_tags);
    print(`registered ${model_name} version ${version}`);
  }
}

/** The model's folder on disk is the channel that SageMaker uploads; the run gets the same files and more. */
async function writeOutputs(
  root: string,
  log: RunLog | undefined,
  data: TrainingData,
  { model, importance }: Trained,
  predictions: Float64Array,
): Promise<void> {
  const { features } = data.train;
  const description = mlModel({ model, features, runId: log?.runId, createdAt: Date.now() });
  const files = { ...modelFiles(model, data.train), MLmodel: toYaml(description) };
  const folder = join(root, 'model');
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  if (!log) return;
  for (const [name, content] of Object.entries(files)) await log.upload(`model/${name}`, content);
  await log.upload('evaluation/holdout.parquet', toParquet(data.holdout));
  await log.upload('baseline/summary.json', JSON.stringify(baselineOf(data, predictions)));
  await log.upload('importance.json', JSON.stringify(importance));
  await log.logModel(JSON.stringify(description));
}

function readHyperparameters(root: string): Record<string, string> {
  const path = join(root, 'input/config/hyperparameters.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  } catch (error) {
    throw new TrainingError(`${path} is not readable as JSON: ${(error as Error).message}`);
  }
}

function paramsOf(
  settings: Hyperparameters,
  { window, files }: ChannelData,
  { objective, train, holdout }: TrainingData,
): Record<string, string> {
  const { model_tags, model_description, ...named } = settings;
  const resolved = {
    ...named,
    objective,
    files: files.join(','),
    train_rows: train.labels.length,
    holdout_rows: holdout.labels.length,
    ...(window && {
      window_start: new Date(window.start).toISOString(),
      window_end: new Date(window.end).toISOString(),
    }),
  };
  return Object.fromEntries(
    Object.entries(resolved)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  );
}

function datasetOf(context: 'training' | 'evaluation', part: Part, { files }: ChannelData) {
  return {
    context,
    name: context === 'training' ? 'train' : 'holdout',
    digest: digestOf(part),
    source: JSON.stringify({ channel: 'train', files }),
    schema: JSON.stringify({ mlflow_colspec: JSON.parse(schemaJson(part.features)) }),
    profile: JSON.stringify({ num_rows: part.labels.length }),
  };
}

function lossMetrics({ trees, trainLoss, validLoss }: Progress): Metric[] {
  const at = { timestamp: Date.now(), step: trees };
  const train = { key: 'train_loss', value: trainLoss, ...at };
  return validLoss === undefined
    ? [train]
    : [train, { key: 'valid_loss', value: validLoss, ...at }];
}

const describeProgress = ({ trees, trainLoss, validLoss }: Progress) =>
  `trees=${trees} train_loss=${trainLoss.toFixed(6)}` +
  (validLoss === undefined ? '' : ` valid_loss=${validLoss.toFixed(6)}`);
