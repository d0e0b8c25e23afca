import { invalid, notFound } from '../shared/errors.ts';
import { belowLocation } from '../tracking/index.ts';
import type { Assessment } from './assessments/assessment.ts';

export const TRACE_STATES = ['STATE_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS'] as const;
export type TraceState = (typeof TRACE_STATES)[number];

type Texts = Readonly<Record<string, string>>;

/** What is known of a trace without its spans: all that lists, searches and metrics of traces need. */
export interface Trace {
  readonly trace_id: string;
  readonly experiment_id: string;
  /** Epoch milliseconds. */
  readonly request_time: number;
  /** Milliseconds; absent while nothing has ended. */
  readonly execution_duration?: number;
  readonly state: TraceState;
  readonly client_request_id?: string;
  readonly request_preview?: string;
  readonly response_preview?: string;
  readonly trace_metadata: Texts;
  readonly tags: Texts;
  readonly assessments: readonly Assessment[];
}

/** Keys of metadata and tags that mean something to MLflow (`mlflow/tracing/constant.py`). */
export const METADATA = {
  sourceRun: 'mlflow.sourceRun',
  sizeStats: 'mlflow.trace.sizeStats',
  tokenUsage: 'mlflow.trace.tokenUsage',
  cost: 'mlflow.trace.cost',
  user: 'mlflow.trace.user',
  session: 'mlflow.trace.session',
  /** The client has told the trace's own values: spans that come later do not change them. */
  finalized: 'mlflow.trace.infoFinalized',
} as const;

export const TAGS = {
  name: 'mlflow.traceName',
  artifactLocation: 'mlflow.artifactLocation',
  spansLocation: 'mlflow.trace.spansLocation',
  linkedPrompts: 'mlflow.linkedPrompts',
} as const;

/** Value of the tag `spansLocation` when the spans are stored here and not as a file. */
export const STORED_HERE = 'TRACKING_STORE';

/** Its value when the client keeps them as the file `traces.json` of the trace. */
export const IN_FILE = 'ARTIFACT_REPO';

/** Characters of a trace's id. */
export const MAX_ID = 250;

export const traceMissing = (id: string) => notFound(`Trace with ID '${id}' not found.`);

/** MLflow's servers take a trace without an id, too: its id is empty. */
export function checkTraceId(id: string): void {
  if (id.length <= MAX_ID) return;
  throw invalid(`Invalid trace ID '${id.slice(0, MAX_ID)}': it may have ${MAX_ID} characters`);
}

/** Below the artifacts of its experiment, as runs and models are. */
export const artifactLocationOf = (experimentLocation: string, traceId: string): string =>
  belowLocation(experimentLocation, `traces/${traceId && `${traceId}/`}artifacts`);

export const endOf = ({ request_time, execution_duration = 0 }: Trace): number =>
  request_time + execution_duration;

/** A JSON object, or nothing for a text that is none. */
export function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
