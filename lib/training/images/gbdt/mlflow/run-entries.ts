import type { ChannelData } from '../data/read-channel.ts';
import type { Part, TrainingData } from '../data/split-data.ts';
import type { Hyperparameters } from '../hyperparameters.ts';
import { digestOf } from '../model/outputs.ts';
import type { Progress } from '../trees/boost.ts';
import { schemaJson } from './ml-model.ts';
import type { DatasetInput, Metric } from './run-log.ts';

/** Settings as the run's params, with what was made of them. */
export function paramsOf(
  settings: Hyperparameters,
  { window, files }: ChannelData,
  { objective, train, holdout }: TrainingData,
): Record<string, string> {
  const { model_tags, model_description, checkpoint_trees, ...named } = settings;
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

/** A part of the rows as the run's data set. */
export function datasetOf(
  context: 'training' | 'evaluation',
  part: Part,
  { files }: ChannelData,
): DatasetInput {
  return {
    context,
    name: context === 'training' ? 'train' : 'holdout',
    digest: digestOf(part),
    source: JSON.stringify({ channel: 'train', files }),
    schema: JSON.stringify({ mlflow_colspec: JSON.parse(schemaJson(part.features)) }),
    profile: JSON.stringify({ num_rows: part.labels.length }),
  };
}

/** `timestamp` in epoch milliseconds. */
export function lossMetrics(
  { trees, trainLoss, validLoss }: Progress,
  timestamp: number,
): Metric[] {
  const at = { timestamp, step: trees };
  const train = { key: 'train_loss', value: trainLoss, ...at };
  return validLoss === undefined
    ? [train]
    : [train, { key: 'valid_loss', value: validLoss, ...at }];
}

export const describeProgress = ({ trees, trainLoss, validLoss }: Progress) =>
  `trees=${trees} train_loss=${trainLoss.toFixed(6)}` +
  (validLoss === undefined ? '' : ` valid_loss=${validLoss.toFixed(6)}`);
