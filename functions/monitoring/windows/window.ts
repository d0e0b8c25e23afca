import type { WindowKind } from '../events.ts';
import type { ColumnDrift } from './inputs-evaluation.ts';
import type { VersionQuality } from './labels-evaluation.ts';

/** How far requests or labels of a series have come, in epoch milliseconds of event time. */
export interface Progress {
  /** The latest event time seen. */
  readonly watermark: number;
  /** Windows that end at or before this time are closed; it never goes back. */
  readonly closed: number;
}

export interface SeriesState {
  readonly endpoint: string;
  readonly revision: number;
  readonly inputs: Progress;
  readonly labels: Progress;
}

export const NO_PROGRESS: Progress = {
  watermark: Number.MIN_SAFE_INTEGER,
  closed: Number.MIN_SAFE_INTEGER,
};

/** A measured value beyond its limit. */
export interface Breach {
  readonly column: string;
  readonly metric: string;
  readonly value: number;
  readonly threshold: number;
  /** Index of the rule in the policy's `retraining.when`; absent for a default limit. */
  readonly rule?: number;
}

interface Evaluation {
  /** Grows with every evaluation of this window and kind. */
  readonly revision: number;
  /** `INSUFFICIENT_DATA` counts neither as a breach nor as its absence. */
  readonly status: 'OK' | 'BREACH' | 'INSUFFICIENT_DATA' | 'NO_BASELINE';
  /** The model and version that answered most rows. */
  readonly model?: string;
  readonly version?: string;
  readonly breaches: readonly Breach[];
}

export interface InputsEvaluation extends Evaluation {
  readonly requests: number;
  readonly failed_requests: number;
  readonly duplicate_requests: number;
  readonly rows: number;
  /** Rows by `model#version`. */
  readonly rows_by_version: Readonly<Record<string, number>>;
  readonly psi_definition: string;
  readonly columns: readonly ColumnDrift[];
}

export interface LabelsEvaluation extends Evaluation {
  readonly rows: number;
  readonly labelled_rows: number;
  /** Labelled share of the answered rows. */
  readonly label_coverage: number;
  readonly versions: readonly VersionQuality[];
}

export interface Evaluations {
  readonly inputs?: InputsEvaluation;
  readonly labels?: LabelsEvaluation;
}

/** One window of a series as it is stored. */
export interface WindowRecord extends Evaluations {
  readonly window: string;
  /** Epoch milliseconds. */
  readonly end: number;
  /** Keys of the breaches that were announced already. */
  readonly announced: readonly string[];
}

export const breachKey = (kind: WindowKind, { metric, column }: Breach): string =>
  `${kind}|${metric}|${column}`;

/** A window is closed for a kind when that kind's progress has passed its end. */
export const isClosed = (state: SeriesState, kind: WindowKind, end: number): boolean =>
  end <= state[kind].closed;
