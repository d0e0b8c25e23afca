import { addDuration, parseDuration, SECOND_MS } from '../../shared/duration.ts';
import type { Execution } from '../executions/execution.ts';
import { EXECUTION_TAG } from '../executions/execution-tag.ts';
import type { PipelineDocument } from '../pipeline.ts';
import type { HyperparameterValue } from '../tuning/tuning.ts';

/** What the state machine needs to create a training job, in SageMaker's words. */
export interface TrainingJob {
  /** Unique, so that a repeated request finds the job instead of making another. */
  readonly name: string;
  /** Folder of the job's checkpoints; a retry has that of the try before it. */
  readonly checkpoints: string;
  readonly run_id: string;
  /** What the job shows to the tracking API: valid while it may run. */
  readonly tracking_token: string;
  /** Null: the platform's own training image. */
  readonly image: string | null;
  readonly instance_type: string;
  readonly instance_count: number;
  readonly volume_gb: number;
  readonly spot: boolean;
  readonly stopping_condition: {
    readonly MaxRuntimeInSeconds: number;
    readonly MaxWaitTimeInSeconds?: number;
  };
  readonly timeout_seconds: number;
  readonly input_data: readonly object[];
  /** Values are strings, as SageMaker wants them. */
  readonly hyperparameters: Readonly<Record<string, string>>;
}

/** Time that starting an instance, or waiting for a spot one, may take beside the training. */
const START_SECONDS = 3600;

/** Trees that a job of the built-in program may have to grow again when its spot instance is taken away. */
const CHECKPOINT_TREES = 20;

/** What a job's token is for, which names the token, too. */
export const tokenPurpose = (executionId: string, trial?: number) =>
  trial === undefined
    ? `training job of execution ${executionId}`
    : `training job of trial ${trial} of execution ${executionId}`;

/** One of several jobs of an execution, whose model is not registered by the job. */
export interface Trial {
  readonly trial: number;
  readonly hyperparameters: Readonly<Record<string, HyperparameterValue>>;
}

/** Everything of the job but its credentials. */
export function toTrainingJob(
  execution: Execution,
  runId: string,
  trial?: Trial,
): Omit<TrainingJob, 'tracking_token'> {
  const { data, training } = execution.document;
  const runtime = Math.ceil(addDuration(0, parseDuration(training.max_runtime)) / SECOND_MS);
  const limit = runtime + START_SECONDS;
  const nameOf = (id: string) => (trial ? `slipway-${id}-${trial.trial}` : `slipway-${id}`);
  return {
    name: nameOf(execution.id),
    checkpoints: nameOf(execution.checkpointsOf ?? execution.id),
    run_id: runId,
    image: training.image,
    instance_type: training.instance_type,
    instance_count: training.instance_count,
    volume_gb: training.volume_gb,
    spot: training.spot,
    stopping_condition: {
      MaxRuntimeInSeconds: runtime,
      ...(training.spot && { MaxWaitTimeInSeconds: limit }),
    },
    timeout_seconds: limit + 600,
    input_data: [
      channel('train', data.train, data.distribution),
      ...(data.evaluate === undefined ? [] : [channel('evaluate', data.evaluate)]),
    ],
    hyperparameters: hyperparameters(execution, trial),
  };
}

const channel = (
  name: string,
  uri: string,
  S3DataDistributionType: PipelineDocument['data']['distribution'] = 'FullyReplicated',
) => ({
  ChannelName: name,
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType } },
});

function hyperparameters({ id, document }: Execution, trial?: Trial): Record<string, string> {
  const { data, training, model, registration } = document;
  // Only the built-in program is known to take it.
  const keeps = training.spot && training.image === null;
  const all: Record<string, unknown> = {
    ...(keeps && { checkpoint_trees: CHECKPOINT_TREES }),
    ...training.hyperparameters,
    ...trial?.hyperparameters,
    label: data.label,
    exclude: data.exclude.length > 0 ? data.exclude.join(',') : undefined,
    time_column: data.time_column,
    window_end: data.window_end,
    trailing: data.trailing,
    holdout: data.holdout,
    ...(!trial && {
      model_name: model,
      model_description: registration?.description,
      model_tags: JSON.stringify({ ...registration?.tags, [EXECUTION_TAG]: id }),
    }),
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

/** What a job that did not complete is billed for, as its description says; nothing if it was none. */
export function billableSeconds(cause: string): { billableSeconds?: number } {
  try {
    const { BillableTimeInSeconds: seconds } = JSON.parse(cause) as Record<string, unknown>;
    return typeof seconds === 'number' ? { billableSeconds: seconds } : {};
  } catch {
    return {};
  }
}

/** Why SageMaker ends a job that did not fail by itself: its secondary status, in words. */
const ENDINGS: Readonly<Record<string, string>> = {
  MaxRuntimeExceeded: "The training took longer than the pipeline's max_runtime and was stopped",
  MaxWaitTimeExceeded: 'No spot instance finished the training in the time that it may wait',
  Stopped: 'The training job was stopped',
};

/**
 * The reason in SageMaker's description of a job that did not complete, which Step Functions gives as
 * the cause.
 */
export function failureReason(cause: string): string {
  try {
    const description = JSON.parse(cause) as Readonly<Record<string, unknown>>;
    const { FailureReason, SecondaryStatus, errorMessage } = description;
    const reason = FailureReason ?? ENDINGS[String(SecondaryStatus)] ?? errorMessage;
    return typeof reason === 'string' ? reason : cause;
  } catch {
    return cause;
  }
}
