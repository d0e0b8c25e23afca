import { type Int64, invalidValue } from '../../mlflow/index.ts';
import { type DomainError, invalid, notFound } from '../../shared/errors.ts';
import type { LifecycleStage } from '../experiments/experiment.ts';

export const RUN_STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** The head of a run; its metrics are kept apart. */
export interface Run {
  readonly run_id: string;
  readonly experiment_id: string;
  readonly run_name: string;
  readonly user_id: string;
  readonly status: RunStatus;
  /** Epoch milliseconds; beyond 2^53 the nearest double, by which runs are ordered. */
  readonly start_time: number;
  readonly end_time?: number;
  /** The times' digits where the doubles do not hold them; those of an earlier end count no more. */
  readonly exact_start?: string;
  readonly exact_end?: string;
  readonly artifact_uri: string;
  readonly lifecycle_stage: LifecycleStage;
  /** When it was deleted, epoch milliseconds; only of deleted runs. */
  readonly deleted_time?: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  /** Whether datasets were logged: spares readers a query. */
  readonly has_inputs?: true;
  /** Ids of logged models that it used; a repeated request may have added one twice. */
  readonly model_inputs?: readonly string[];
  /** Logged models that it made, each with the step at which; the last of an id counts. */
  readonly model_outputs?: readonly ModelOutput[];
}

export interface ModelOutput {
  readonly model_id: string;
  /** As `storedInt64` has it. */
  readonly step: number | string;
}

export interface Metric {
  readonly key: string;
  readonly value: number;
  /** Epoch milliseconds. */
  readonly timestamp: Int64;
  readonly step: Int64;
}

const RUN_ID = /^[a-zA-Z0-9][\p{L}\p{N}_-]{0,255}\n?$/u;

export const isRunId = (text: string): boolean => RUN_ID.test(text);

/** Refuses what cannot be a run's id, where MLflow does. */
export function checkRunId(runId: string): void {
  if (!isRunId(runId)) throw invalidValue(runId, 'run_id');
}

/** The refusal of more params and tags than a run takes. */
export const runFull = (runId: string): DomainError =>
  invalid(`Run ${runId} is full: its params and tags together may have 3 MB`);

/** The partition of a run in both tables. Throws as for a missing run for what cannot be an id. */
export function runPartition(runId: string): string {
  if (isRunId(runId)) return `RUN#${runId}`;
  throw runMissing(runId);
}

export const RUN_NAME_TAG = 'mlflow.runName';

export const hasEnded = (status: RunStatus): status is 'FINISHED' | 'FAILED' | 'KILLED' =>
  status === 'FINISHED' || status === 'FAILED' || status === 'KILLED';

/** The digits of a time that a double does not hold. */
export const exactText = (time: Int64 | undefined): string | undefined =>
  typeof time === 'bigint' ? String(time) : undefined;

/** Why a run takes no writes; nothing when it is there and active. */
export function runRefused(
  runId: string,
  present: { readonly lifecycle_stage: LifecycleStage } | undefined,
): DomainError | undefined {
  if (!present) return runMissing(runId);
  return present.lifecycle_stage === 'active' ? undefined : runNotActive(runId);
}

export const runMissing = (runId: string): DomainError =>
  notFound(`Run with id=${runId} not found`);

const runNotActive = (runId: string): DomainError =>
  invalid(`The run ${runId} must be in the 'active' state. Current state is deleted.`);
