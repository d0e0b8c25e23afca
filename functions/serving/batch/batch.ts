import type { LiveEntity } from '../endpoints/endpoint.ts';

/** A job that scores files. */
export interface Batch {
  readonly id: string;
  /** As it was asked for: `models:/m@champion` or `models:/m/3`. */
  readonly uri: string;
  readonly model: string;
  /** The version that the alias named when the job was asked for. */
  readonly version: string;
  readonly location: LiveEntity['location'];
  /** Absent: this process. */
  readonly runtime?: 'python';
  /** Object or prefix in the platform's bucket, and the prefix that results go below. */
  readonly input: string;
  readonly output: string;
  /** Columns of the input that stand beside the predictions. */
  readonly carry: readonly string[];
  /** Results are found by the values of this column besides. */
  readonly lookup?: { readonly key: string } | undefined;
  /** Name of a queue that results are sent to besides. */
  readonly queue?: string | undefined;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  /** Grows with every retry: part of the name of the execution. */
  readonly attempt: number;
  readonly requestedBy: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly rows?: number;
  readonly failedRows?: number;
  readonly error?: string;
}

/** Rows `[start, end)` of one file, as it was when the input was cut. */
export interface Part {
  readonly index: number;
  readonly key: string;
  readonly etag: string;
  readonly start: number;
  readonly end: number;
}

/** Rows of a part: few enough for the function's memory, many enough to be worth an invocation. */
export const ROWS_PER_PART = 250_000;
/** The same where each request to Python takes some thousand. */
export const ROWS_PER_PYTHON_PART = 25_000;
/** Of a part: each row that Python refuses costs some requests to find it. */
export const MOST_PYTHON_FAILURES = 200;
/** Lists of the parts of batches, which their state machine reads while they run. */
export const BATCH_LISTS_PREFIX = 'inference-batches/';
/** A retry makes a list of its own. */
export const BATCH_LISTS_KEPT_DAYS = 7;

/** Small parts that one invocation scores, beside what their rows allow: each is a file to open and write. */
export const MAX_PARTS_PER_BATCH = 50;

/** Name of the file with a part's predictions. */
export const partFile = (index: number): string => `part-${String(index).padStart(5, '0')}.parquet`;

/** Name of the execution of the present attempt. */
export const executionOf = ({ id, attempt }: Pick<Batch, 'id' | 'attempt'>): string =>
  `${id}-${attempt}`;

export function describeBatch(batch: Batch): Record<string, unknown> {
  const iso = (time: number) => new Date(time).toISOString();
  return {
    id: batch.id,
    model: batch.uri,
    model_name: batch.model,
    model_version: batch.version,
    input: batch.input,
    output: batch.output,
    columns: batch.carry,
    ...(batch.lookup && { lookup: batch.lookup }),
    ...(batch.queue !== undefined && { queue: batch.queue }),
    status: batch.status,
    attempt: batch.attempt,
    requested_by: batch.requestedBy,
    started_at: iso(batch.startedAt),
    ...(batch.endedAt !== undefined && { ended_at: iso(batch.endedAt) }),
    ...(batch.rows !== undefined && { rows: batch.rows, failed_rows: batch.failedRows ?? 0 }),
    ...(batch.error !== undefined && { error: batch.error }),
  };
}
