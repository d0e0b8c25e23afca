import { arn } from '../shared/arn.ts';
import type { TrainingRequest } from './training-request.ts';

type JobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';
export type SecondaryStatus =
  | 'Starting'
  | 'Downloading'
  | 'Training'
  | 'Interrupted'
  | 'Uploading'
  | 'Stopping'
  | 'Completed'
  | 'Failed'
  | 'Stopped'
  | 'MaxRuntimeExceeded'
  | 'MaxWaitTimeExceeded';

interface Transition {
  readonly Status: SecondaryStatus;
  readonly StartTime: number;
  readonly EndTime?: number;
}

/** A training job. Times in milliseconds. */
export interface TrainingJob {
  readonly name: string;
  /** Key of the state machine's task that started it, or empty. */
  readonly owner: string;
  readonly request: TrainingRequest;
  readonly status: JobStatus;
  readonly secondary: SecondaryStatus;
  readonly failureReason?: string;
  readonly created: number;
  /** Start of the program. */
  readonly started?: number;
  readonly ended?: number;
  readonly modified: number;
  readonly transitions: readonly Transition[];
}

/** Longest text of a failure that SageMaker reports. */
const MAX_REASON = 1024;

export function isOver(status: JobStatus): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Stopped';
}

export function trainingJobArn(name: string): string {
  return arn('sagemaker', `training-job/${name}`);
}

/** Folder of the job's results below `S3OutputPath`. */
export function outputUri({ name, request }: TrainingJob): string {
  return `${request.OutputDataConfig.S3OutputPath.replace(/\/$/, '')}/${name}/output`;
}

export function newJob(request: TrainingRequest, owner: string, now: number): TrainingJob {
  return {
    name: request.TrainingJobName,
    owner,
    request,
    status: 'InProgress',
    secondary: 'Starting',
    created: now,
    modified: now,
    transitions: [{ Status: 'Starting', StartTime: now }],
  };
}

/** The job in its next status; the status before it ends now. */
export function withStatus(
  job: TrainingJob,
  status: JobStatus,
  secondary: SecondaryStatus,
  now: number,
  failureReason?: string,
): TrainingJob {
  const over = isOver(status);
  const closed = job.transitions.map((transition) =>
    transition.EndTime === undefined ? { ...transition, EndTime: now } : transition,
  );
  return {
    ...job,
    status,
    secondary,
    modified: now,
    transitions: [...closed, { Status: secondary, StartTime: now, ...(over && { EndTime: now }) }],
    ...(secondary === 'Training' && { started: now }),
    ...(over && { ended: now }),
    ...(failureReason !== undefined && { failureReason: failureReason.slice(0, MAX_REASON) }),
  };
}

/**
 * As DescribeTrainingJob answers; `time` turns milliseconds into what the reader expects.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
 */
export function describeTrainingJob(
  job: TrainingJob,
  time: (milliseconds: number) => number,
): Record<string, unknown> {
  const { Tags: _, ...request } = job.request;
  const { started, ended } = job;
  const seconds =
    started === undefined || ended === undefined ? undefined : Math.ceil((ended - started) / 1000);
  return {
    ...request,
    TrainingJobArn: trainingJobArn(job.name),
    TrainingJobStatus: job.status,
    SecondaryStatus: job.secondary,
    ModelArtifacts: { S3ModelArtifacts: `${outputUri(job)}/model.tar.gz` },
    CreationTime: time(job.created),
    LastModifiedTime: time(job.modified),
    SecondaryStatusTransitions: job.transitions.map(({ Status, StartTime, EndTime }) => ({
      Status,
      StartTime: time(StartTime),
      ...(EndTime !== undefined && { EndTime: time(EndTime) }),
    })),
    ...(job.failureReason !== undefined && { FailureReason: job.failureReason }),
    ...(started !== undefined && { TrainingStartTime: time(started) }),
    ...(ended !== undefined && { TrainingEndTime: time(ended) }),
    ...(seconds !== undefined && {
      TrainingTimeInSeconds: seconds,
      BillableTimeInSeconds: seconds,
    }),
  };
}
