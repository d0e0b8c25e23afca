import type { OperationContext } from '../../shared/context.ts';
import { DomainError, invalid, notFound } from '../../shared/errors.ts';
import { type HttpRequest, type HttpResult, toDomainError } from '../../shared/http/api.ts';
import type { LiveConfig, LiveEntity } from '../endpoint.ts';
import { newRequestId } from '../log-key.ts';
import { chooseEntity, chooseMirrors } from './choose-entities.ts';
import { eventTimeOf } from './event-time.ts';
import type { LogEntry, ShadowAnswer } from './log-entry.ts';
import { type RequestTable, toRequestTable } from './request-table.ts';
import { enforceSignature } from './signature.ts';
import type { Snapshot } from './snapshots.ts';

/** Databricks' limit of a request's payload. */
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

export interface InvokeDependencies {
  readonly snapshot: (endpoint: string) => Promise<Snapshot | undefined>;
  /** Resolves once the row is durable. */
  readonly log: (entry: LogEntry) => Promise<void>;
  /** Why an endpoint without a live configuration does not answer; undefined if it does not exist. */
  readonly whyNotLive: (endpoint: string) => Promise<string | undefined>;
}

interface ParsedRequest {
  readonly table: RequestTable;
  readonly clientRequestId?: string;
  readonly eventTime?: number;
}

/** Answers a request and logs it, answered or refused, before the caller hears of it. */
export async function invokeEndpoint(
  request: HttpRequest,
  context: OperationContext,
  { snapshot: snapshotOf, log, whyNotLive }: InvokeDependencies,
): Promise<HttpResult> {
  const startedAt = context.clock();
  const started = performance.now();
  const name = request.params.name ?? '';
  const snapshot = await snapshotOf(name);
  if (!snapshot) {
    const reason = await whyNotLive(name);
    if (reason === undefined) throw notFound(`Endpoint '${name}' does not exist`);
    throw new DomainError('TEMPORARILY_UNAVAILABLE', `Endpoint '${name}' is not ready: ${reason}`);
  }
  const { live } = snapshot;
  const elapsed = () => Math.max(1, Math.round(performance.now() - started));
  let parsed: ParsedRequest | undefined;
  try {
    parsed = parseRequest(request.body, live, startedAt);
    const requestId = newRequestId(parsed.eventTime ?? startedAt);
    const identity = parsed.clientRequestId ?? requestId;
    const entity = chooseEntity(live, {
      identity,
      ...stickyKey(request, parsed.table, live),
      ...(request.headers['slipway-model-version'] && {
        version: request.headers['slipway-model-version'],
      }),
    });
    const predictions = predict(snapshot, entity, parsed.table);
    const body = JSON.stringify({ predictions });
    await log({
      ...entryOf(live, request.body, parsed, requestId, startedAt),
      entity,
      statusCode: 200,
      executionTimeMs: elapsed(),
      response: body,
      shadows: chooseMirrors(live, entity, identity).map((mirror) =>
        shadow(snapshot, mirror, parsed?.table ?? { rows: [] }),
      ),
    });
    return {
      statusCode: 200,
      headers: {
        'content-type': 'application/json',
        'served-model-name': entity.name,
        'slipway-model-version': entity.version,
        'x-request-id': requestId,
      },
      body,
    };
  } catch (cause) {
    const error = toDomainError(cause);
    const requestId = newRequestId(parsed?.eventTime ?? startedAt);
    const body = JSON.stringify({ error_code: error.code, message: error.message });
    await log({
      ...entryOf(live, request.body, parsed, requestId, startedAt),
      statusCode: error.status,
      executionTimeMs: elapsed(),
      response: body,
      shadows: [],
    });
    return {
      statusCode: error.status,
      headers: { 'content-type': 'application/json', 'x-request-id': requestId },
      body,
    };
  }
}

function parseRequest(body: Buffer, live: LiveConfig, now: number): ParsedRequest {
  if (body.length > MAX_PAYLOAD_BYTES) {
    throw new DomainError('MAX_PAYLOAD_EXCEEDED', 'A request may have at most 16 MiB');
  }
  const value = parseJson(body);
  const table = toRequestTable(value);
  const { client_request_id: clientRequestId } = value as { client_request_id?: unknown };
  if (clientRequestId !== undefined && clientRequestId !== null) {
    if (typeof clientRequestId !== 'string' || !/^.{1,256}$/su.test(clientRequestId)) {
      throw invalid('client_request_id must be a text of 1 to 256 characters');
    }
  }
  const column = live.monitor?.timestamp_column;
  const eventTime = column === undefined ? now : eventTimeOf(table, column, now);
  return {
    table,
    ...(typeof clientRequestId === 'string' && { clientRequestId }),
    ...(live.monitor && eventTime !== undefined && { eventTime }),
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new DomainError(
      'MALFORMED_REQUEST',
      `The request is not valid JSON (${String(error)}); a missing value is null, not NaN`,
    );
  }
}

function stickyKey(
  request: HttpRequest,
  table: RequestTable,
  live: LiveConfig,
): { sticky?: string } {
  const header = request.headers['slipway-sticky-key'];
  if (header) return { sticky: header };
  const index = live.stickyKey === undefined ? -1 : (table.columns?.indexOf(live.stickyKey) ?? -1);
  const value = table.rows[0]?.[index];
  return value === undefined || value === null ? {} : { sticky: String(value) };
}

function predict(snapshot: Snapshot, entity: LiveEntity, table: RequestTable): unknown[] {
  const model = snapshot.models.get(entity);
  if (!model) throw new Error(`Version ${entity.version} of ${entity.model} is not loaded`);
  if (table.rows.length === 0) return [];
  return model.predict(enforceSignature(table, model.inputs));
}

/** A mirrored answer never touches the caller's: its errors are logged like its predictions. */
function shadow(snapshot: Snapshot, entity: LiveEntity, table: RequestTable): ShadowAnswer {
  try {
    return { entity, predictions: predict(snapshot, entity, table) };
  } catch (error) {
    return { entity, error: error instanceof Error ? error.message : String(error) };
  }
}

function entryOf(
  live: LiveConfig,
  body: Buffer,
  parsed: ParsedRequest | undefined,
  requestId: string,
  timestampMs: number,
) {
  return {
    live,
    requestId,
    timestampMs,
    request: body,
    rows: parsed?.table.rows.length ?? 0,
    ...(parsed?.clientRequestId !== undefined && { clientRequestId: parsed.clientRequestId }),
    ...(parsed?.eventTime !== undefined && { eventTime: parsed.eventTime }),
  };
}
