import { gunzipSync, gzipSync } from 'node:zlib';
import { key } from '../../shared/dynamo/item.ts';
import { windowAt } from '../../shared/time-window.ts';
import type { LiveConfig, LiveEntity } from '../endpoints/endpoint.ts';
import {
  clientRequestKey,
  logGranularity,
  logPartition,
  requestSortKey,
  seriesOf,
  shardOf,
} from '../log-key.ts';
import type { RolloutArm } from '../rollout/rollout.ts';
import { type TrialColumns, trialColumns } from '../rollout/trial-columns.ts';
import { redact, redactRefusal, redacts } from './log-policy.ts';

/** One request as the data path knows it. */
export interface LogEntry {
  readonly live: LiveConfig;
  readonly requestId: string;
  readonly clientRequestId?: string;
  /** Epoch milliseconds of the rows; absent when the request told none or nobody watches. */
  readonly eventTime?: number;
  /** Epoch milliseconds of the arrival. */
  readonly timestampMs: number;
  /** Until the answer was there. */
  readonly executionTimeMs: number;
  /** What the caller waited after it: for mirrors, or for the other arm of a rollout. */
  readonly besidesMs?: number;
  /** Of the function that scores Python models, mirrored answers and failed tries among it. */
  readonly pythonMs: number;
  readonly statusCode: number;
  /** The model raised at a request that it could read, whatever the status says. */
  readonly modelFailed?: true;
  /** The entity that answered; absent when none did. */
  readonly entity?: LiveEntity;
  /** The entity that should have answered, when another one did or none. */
  readonly failedEntity?: LiveEntity;
  readonly rows: number;
  readonly request: Buffer;
  /** The same as text, when it has been read as JSON already. */
  readonly requestJson?: string;
  /** JSON text of the answer. */
  readonly response: string;
  readonly shadows: readonly ShadowAnswer[];
  /** It waited in a queue: no function was at work for as long as it took. */
  readonly queued?: true;
  /** The arm of a rollout that the request was drawn for. */
  readonly trial?: Trial;
}

export interface Trial {
  readonly arm: RolloutArm;
  /** The arm did not answer, though another entity may have. */
  readonly failed: boolean;
  readonly sticky?: string;
}

export interface ShadowAnswer {
  readonly entity: LiveEntity;
  readonly predictions?: readonly unknown[];
  readonly error?: string;
  readonly errorCode?: string;
}

/**
 * A row of the inference log. The columns of Databricks' inference tables are there by meaning;
 * request and response stand compressed in `payload`, or in the object `payloadKey`.
 */
export interface LogRow extends Partial<TrialColumns> {
  readonly pk: string;
  readonly sk: string;
  readonly type: 'log';
  readonly series: string;
  readonly endpoint: string;
  readonly window: string;
  readonly eventTime?: number;
  readonly clientRequest?: string;
  readonly databricksRequestId: string;
  readonly clientRequestId?: string;
  readonly date: string;
  readonly timestampMs: number;
  readonly statusCode: number;
  readonly modelFailed?: true;
  readonly executionTimeMs: number;
  /** Absent: none. */
  readonly besidesMs?: number;
  /** Absent: none. */
  readonly pythonMs?: number;
  /** Whether it waited in a queue for an instance, which `executionTimeMs` includes. */
  readonly queued?: true;
  readonly samplingFraction: number;
  readonly requestMetadata: Readonly<Record<string, string>>;
  readonly servedEntity?: string;
  readonly model?: string;
  readonly version?: string;
  /** Who should have answered, when another one did or nobody. */
  readonly failedEntity?: string;
  readonly failedVersion?: string;
  readonly rows: number;
  readonly payload?: Uint8Array;
  readonly payloadKey?: string;
}

/** What `payload` holds once unpacked. */
export interface LogPayload {
  /** The request as sent; text when it was no JSON. */
  readonly request: unknown;
  readonly response: { readonly predictions?: readonly unknown[] };
  readonly shadows: readonly {
    readonly served_entity: string;
    readonly model: string;
    readonly version: string;
    readonly predictions?: readonly unknown[];
    readonly error?: string;
  }[];
}

/** Rows that count requests are of no use once the table's stream has told of them: it keeps a day. */
const COUNT_SECONDS = 2 * 86_400;

/** What is written of a request that sampling leaves out of the log: that it was, for the counters. */
export const toCountRow = ({
  live,
  requestId,
  timestampMs,
  statusCode,
  executionTimeMs,
  besidesMs,
  modelFailed,
  entity,
  failedEntity,
}: LogEntry) => ({
  pk: key('COUNT', requestId),
  sk: 'COUNT',
  type: 'count',
  series: live.endpointId,
  statusCode,
  executionTimeMs,
  ...(besidesMs && { besidesMs }),
  ...(modelFailed && { modelFailed }),
  ...(entity && { servedEntity: entity.name }),
  ...(failedEntity && { failedEntity: failedEntity.name }),
  expiresAt: Math.floor(timestampMs / 1000) + COUNT_SECONDS,
});

/** The row without its payload. */
export function toLogRow(entry: LogEntry): LogRow {
  const { live, requestId, clientRequestId, eventTime, timestampMs, entity } = entry;
  const granularity = logGranularity(live.monitor);
  const series = seriesOf(live.endpointId, granularity);
  const window = windowAt(eventTime ?? timestampMs, granularity).id;
  return {
    pk: logPartition(series, window, shardOf(clientRequestId ?? requestId)),
    sk: requestSortKey(requestId),
    type: 'log',
    series,
    endpoint: live.endpoint,
    window,
    ...(eventTime !== undefined && { eventTime }),
    ...(clientRequestId !== undefined && {
      clientRequest: clientRequestKey(live.endpointId, clientRequestId),
      clientRequestId,
    }),
    databricksRequestId: requestId,
    date: windowAt(timestampMs, 'P1D').id.slice(0, 10),
    timestampMs,
    statusCode: entry.statusCode,
    ...(entry.modelFailed && { modelFailed: true }),
    executionTimeMs: entry.executionTimeMs,
    ...(entry.besidesMs && { besidesMs: entry.besidesMs }),
    ...(entry.pythonMs > 0 && { pythonMs: entry.pythonMs }),
    ...(entry.queued && { queued: true }),
    samplingFraction: live.log?.sampling_fraction ?? 1,
    requestMetadata: {
      endpoint_name: live.endpoint,
      config_version: String(live.config),
      ...(entity && { model_name: entity.model, model_version: entity.version }),
    },
    ...(entity && {
      servedEntity: entity.name,
      model: entity.model,
      version: entity.version,
    }),
    ...(entry.failedEntity && {
      failedEntity: entry.failedEntity.name,
      failedVersion: entry.failedEntity.version,
    }),
    rows: entry.rows,
    ...(entry.trial &&
      trialColumns(entry.trial, clientRequestId, shardOf(clientRequestId ?? requestId))),
  };
}

/** Here and not in zlib's threads: a row is small, and the way there and back costs several times its work. */
export function packPayload(entry: LogEntry): Buffer {
  const { log: policy, endpointId } = entry.live;
  const shadows = entry.shadows.map(({ entity, predictions, error, errorCode }) => ({
    served_entity: entity.name,
    model: entity.model,
    version: entity.version,
    ...(predictions && { predictions }),
    ...(error !== undefined && { error: redacts(policy) ? errorCode : error }),
  }));
  const json = entry.requestJson ?? asJson(entry.request.toString('utf8'));
  const request = redact(json, policy, endpointId);
  const response =
    entry.statusCode === 200 ? entry.response : redactRefusal(entry.response, policy);
  const text = `{"request":${request},"response":${response},"shadows":${JSON.stringify(shadows)}}`;
  return gzipSync(text, { chunkSize: Math.max(SMALLEST_CHUNK, Math.min(text.length, CHUNK)) });
}

/** Bytes of zlib's output that are set aside at once: of zlib's own 16 KiB a small row uses a hundredth. */
const CHUNK = 16 * 1024;
const SMALLEST_CHUNK = 512;

export function unpackPayload(payload: Uint8Array): LogPayload {
  return JSON.parse(gunzipSync(payload).toString('utf8')) as LogPayload;
}

function asJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}
