import type { Parameters, PipelineDocument } from '../pipeline.ts';
import { trainingLogs } from './training-logs.ts';

type ExecutionStatus = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'SKIPPED';

/** What was done for an execution; a row of its own, so that steps may run side by side. */
export interface ExecutionStep {
  readonly name: string;
  /** Its place among the steps, and its key. */
  readonly order: number;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'STOPPED';
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly error?: string;
  readonly cause?: string;
  /** Of the training job. */
  readonly billableSeconds?: number;
}

/** The trial whose model was registered. */
export interface BestTrial {
  readonly trial: number;
  readonly runId: string;
  readonly metric: string;
  readonly value: number;
}

/** A training that an execution took over because its inputs are the same. */
export interface CachedTraining {
  readonly execution: string;
  /** The run that the version was made by. */
  readonly runId: string;
}

/** What started an execution that no caller requested. */
export type ExecutionCause =
  | {
      readonly type: 'schedule';
      /** ISO 8601. */
      readonly scheduledTime: string;
      readonly pipelines: readonly string[];
    }
  | {
      readonly type: 'event';
      /** Index in the definition's `triggers`. */
      readonly trigger: number;
      readonly eventId: string;
      readonly source: string;
      readonly detailType: string;
      /** Pipelines whose executions led to the event, the nearest first. */
      readonly pipelines: readonly string[];
    };

/** One run of a pipeline, by the definition as it was when requested. */
export interface Execution {
  /** Also the id of its TrainingRequested event and the name of the state machine's execution. */
  readonly id: string;
  readonly pipeline: string;
  readonly status: ExecutionStatus;
  readonly reason: string;
  readonly parameters: Parameters;
  readonly document: PipelineDocument;
  readonly requestedBy: string;
  readonly retryOf?: string;
  /** The first of the tries that failed before this one: its jobs go on from the checkpoints of that. */
  readonly checkpointsOf?: string;
  readonly startedBy?: ExecutionCause;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly runId?: string;
  readonly version?: string;
  readonly best?: BestTrial;
  /** Digest of all inputs of the training when it began; absent: it is not cached. */
  readonly digest?: string;
  /** Set when a training was taken over; the execution then has no run of its own. */
  readonly cached?: CachedTraining;
  readonly error?: string;
  readonly cause?: string;
}

/** The running execution and those that wait: one row per pipeline, there only while one runs. */
export interface PipelineLock {
  readonly execution: string;
  readonly queue: readonly string[];
  /** Grows with every change: the optimistic lock of the lock. */
  readonly revision: number;
}

const iso = (time: number | undefined) =>
  time === undefined ? undefined : new Date(time).toISOString();

const describeCause = (cause: ExecutionCause) =>
  cause.type === 'schedule'
    ? { type: cause.type, scheduled_time: cause.scheduledTime }
    : {
        type: cause.type,
        trigger: cause.trigger,
        event_id: cause.eventId,
        source: cause.source,
        'detail-type': cause.detailType,
        pipelines: cause.pipelines,
      };

/** A step that ran when its execution ended has ended with it. */
function describeStep(step: ExecutionStep, { status, endedAt }: Execution) {
  const cutShort = step.status === 'RUNNING' && endedAt !== undefined;
  return {
    name: step.name,
    status: cutShort ? status : step.status,
    started_at: iso(step.startedAt),
    ended_at: iso(cutShort ? endedAt : step.endedAt),
    inputs: step.inputs,
    outputs: step.outputs,
    ...(typeof step.outputs.job === 'string' && { logs: trainingLogs(step.outputs.job) }),
    ...(step.error && { error: { code: step.error, message: step.cause ?? '' } }),
    ...(step.billableSeconds !== undefined && { billable_seconds: step.billableSeconds }),
  };
}

/** The execution as the API shows it; in a list without its steps. */
export function describeExecution(
  execution: Execution,
  steps?: readonly ExecutionStep[],
): Record<string, unknown> {
  const { id, pipeline, status, document, best, cached } = execution;
  return {
    id,
    pipeline,
    model: document.model,
    status,
    reason: execution.reason,
    parameters: execution.parameters,
    requested_by: execution.requestedBy,
    ...(execution.retryOf && { retry_of: execution.retryOf }),
    ...(execution.startedBy && { started_by: describeCause(execution.startedBy) }),
    created_at: iso(execution.createdAt),
    started_at: iso(execution.startedAt),
    ended_at: iso(execution.endedAt),
    ...(steps && { steps: steps.map((step) => describeStep(step, execution)) }),
    outputs: {
      ...(execution.runId && { run_id: execution.runId }),
      ...(cached && { cached_from: cached.execution }),
      ...(execution.version && { model_version: execution.version }),
      ...(best && {
        best_trial: {
          trial: best.trial,
          run_id: best.runId,
          metric: best.metric,
          value: best.value,
        },
      }),
    },
    ...(execution.error && { error: { code: execution.error, message: execution.cause ?? '' } }),
    definition: document,
  };
}
