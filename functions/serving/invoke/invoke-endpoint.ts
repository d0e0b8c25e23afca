import type { OperationContext } from '../../shared/context.ts';
import { parseCsv } from '../../shared/csv.ts';
import { DomainError, invalid, notFound } from '../../shared/errors.ts';
import { type HttpRequest, type HttpResult, json, toDomainError } from '../../shared/http/api.ts';
import type { LiveConfig, LiveEntity } from '../endpoints/endpoint.ts';
import type { RateLimit } from '../endpoints/endpoint-settings.ts';
import { requirePermission } from '../endpoints/require-permission.ts';
import { newRequestId } from '../log-key.ts';
import { accepted, type queueRequest } from '../queue/queue-request.ts';
import { chooseEntity, chooseMirrors } from './choose-entities.ts';
import { eventTimeOf } from './event-time.ts';
import type { LogEntry } from './log-entry.ts';
import { predictShadow, predictWithFallback, type Spent } from './predict.ts';
import { countRequest } from './rate-limit.ts';
import { type RequestTable, toRequestTable } from './request-table.ts';
import type { ScoringRequest } from './scorer.ts';
import type { Snapshot } from './snapshots.ts';

/** Databricks' limit of a request's payload. */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

export interface InvokeDependencies {
  readonly snapshot: (endpoint: string) => Promise<Snapshot | undefined>;
  /** Resolves once the row is durable. */
  readonly log: (entry: LogEntry) => Promise<void>;
  /** Resolves once a request that waits cannot be lost any more. */
  readonly queue: typeof queueRequest;
  /** Why an endpoint without a live configuration does not answer; undefined if it does not exist. */
  readonly whyNotLive: (endpoint: string) => Promise<string | undefined>;
}

interface ParsedRequest {
  readonly scoring: ScoringRequest;
  /** The body's text, when it is JSON. */
  readonly requestJson?: string;
  /** Its rows; absent when only the scorer can tell them, as with tensors. */
  readonly table?: RequestTable;
  readonly clientRequestId?: string;
  readonly eventTime?: number;
}

/** What an endpoint serves now. Throws RESOURCE_DOES_NOT_EXIST and TEMPORARILY_UNAVAILABLE. */
export async function liveSnapshot(
  name: string,
  { snapshot, whyNotLive }: InvokeDependencies,
): Promise<Snapshot> {
  const found = await snapshot(name);
  if (found) return found;
  const reason = await whyNotLive(name);
  if (reason === undefined) throw notFound(`Endpoint '${name}' does not exist`);
  throw new DomainError('TEMPORARILY_UNAVAILABLE', `Endpoint '${name}' is not ready: ${reason}`);
}

/** Answers a request and logs it, answered or refused, before the caller hears of it. */
export async function invokeEndpoint(
  request: HttpRequest,
  context: OperationContext,
  dependencies: InvokeDependencies,
): Promise<HttpResult> {
  const startedAt = context.clock();
  const started = performance.now();
  const name = request.params.name ?? '';
  const snapshot = await liveSnapshot(name, dependencies);
  const { live } = snapshot;
  requirePermission(name, live, context.actor, 'CAN_QUERY');
  const refused = await countRequest(live, context.actor, startedAt);
  if (refused) return tooMany(name, refused);
  const forced = request.headers['slipway-model-version'];
  const elapsed = () => Math.max(1, Math.round(performance.now() - started));
  let parsed: ParsedRequest | undefined;
  let chosen: LiveEntity | undefined;
  const spent: Spent = { pythonMs: 0 };
  let sticky: { sticky?: string } = {};
  try {
    parsed = parseRequest(request, live, startedAt);
    const requestId = newRequestId(parsed.eventTime ?? startedAt);
    const identity = parsed.clientRequestId ?? requestId;
    if (forced) requirePermission(name, live, context.actor, 'CAN_MANAGE');
    sticky = stickyKey(request, parsed.table, live);
    chosen = chooseEntity(live, { identity, ...sticky, ...(forced && { version: forced }) });
    const drawn = forced ? undefined : chosen;
    const { scoring } = parsed;
    if (chosen.deployed?.queued) {
      const known = entryOf(live, parsed, requestId, startedAt);
      const entry = { ...known, ...trialOf(drawn, true, sticky), entity: chosen };
      await dependencies.queue(chosen.deployed, entry, scoring);
      return accepted(name, requestId);
    }
    const { entity, body } = await predictWithFallback(snapshot, chosen, scoring, spent);
    const mirrors = chooseMirrors(live, entity, identity);
    const executionTimeMs = elapsed();
    const shadows = await Promise.all(
      mirrors.map((mirror) => predictShadow(snapshot, mirror, scoring, spent)),
    );
    await dependencies.log({
      ...entryOf(live, parsed, requestId, startedAt),
      ...bodyOf(request, parsed),
      ...trialOf(drawn, drawn === entity, sticky),
      ...{ entity, statusCode: 200, executionTimeMs, ...spent, response: body, shadows },
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
    const error = refusalOf(cause);
    const requestId = newRequestId(parsed?.eventTime ?? startedAt);
    const body = JSON.stringify({ error_code: error.code, message: error.message });
    await dependencies.log({
      ...entryOf(live, parsed, requestId, startedAt),
      ...bodyOf(request, parsed),
      ...(chosen && { failedEntity: chosen }),
      ...trialOf(forced ? undefined : chosen, false, sticky),
      statusCode: error.status,
      executionTimeMs: elapsed(),
      ...spent,
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

/** What goes through nested values level by level may find more of them than a stack has room for. */
function refusalOf(cause: unknown): DomainError {
  const exhausted = cause instanceof RangeError && /call stack/.test(cause.message);
  if (!exhausted) return toDomainError(cause);
  return new DomainError('MALFORMED_REQUEST', 'The request is nested too deeply');
}

function parseRequest(request: HttpRequest, live: LiveConfig, now: number): ParsedRequest {
  const { body } = request;
  if (body.length > MAX_PAYLOAD_BYTES) {
    throw new DomainError('MAX_PAYLOAD_EXCEEDED', 'A request may have at most 16 MiB');
  }
  const contentType = request.headers['content-type'] ?? 'application/json';
  const isCsv = /^text\/csv\b/i.test(contentType);
  const text = body.toString('utf8');
  const value = isCsv ? undefined : parseJson(text);
  const { table, problem } = tableOf(() => (isCsv ? parseCsv(text) : toRequestTable(value)));
  const { client_request_id: clientRequestId } = (value ?? {}) as { client_request_id?: unknown };
  if (clientRequestId !== undefined && clientRequestId !== null) {
    if (typeof clientRequestId !== 'string' || !/^.{1,256}$/su.test(clientRequestId)) {
      throw invalid('client_request_id must be a text of 1 to 256 characters');
    }
  }
  const column = live.monitor?.timestamp_column;
  const eventTime = column === undefined ? now : table && eventTimeOf(table, column, now);
  return {
    scoring: {
      body,
      contentType,
      table: () => {
        if (table) return table;
        throw problem;
      },
    },
    ...(table && { table }),
    ...(!isCsv && { requestJson: text }),
    ...(typeof clientRequestId === 'string' && { clientRequestId }),
    ...(live.monitor && eventTime !== undefined && { eventTime }),
  };
}

/** What is no table may still be what a tensor model takes: the scorer decides. */
function tableOf(read: () => RequestTable): { table?: RequestTable; problem?: unknown } {
  try {
    return { table: read() };
  } catch (problem) {
    return { problem };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DomainError(
      'MALFORMED_REQUEST',
      `The request is not valid JSON (${String(error)}); a missing value is null, not NaN`,
    );
  }
}

function stickyKey(
  request: HttpRequest,
  table: RequestTable | undefined,
  live: LiveConfig,
): { sticky?: string } {
  const header = request.headers['slipway-sticky-key'];
  if (header) return { sticky: header };
  const index = live.stickyKey === undefined ? -1 : (table?.columns?.indexOf(live.stickyKey) ?? -1);
  const value = table?.rows[0]?.[index];
  return value === undefined || value === null ? {} : { sticky: String(value) };
}

/**
 * What a request says about the arm of a rollout that chance gave it to: versions that the caller
 * forced say nothing. `failed`: the arm did not answer, though another entity may have.
 */
function trialOf(
  drawn: LiveEntity | undefined,
  answered: boolean,
  { sticky }: { sticky?: string },
) {
  // Before the first step there is nothing to compare with.
  if (!drawn?.arm || drawn.arm.share === 0) return {};
  return { trial: { arm: drawn.arm, failed: !answered, ...(sticky !== undefined && { sticky }) } };
}

/** Refused before anything is read; not logged, for a limit is there to keep the costs down. */
function tooMany(
  name: string,
  { limit, retryAfterSeconds }: { limit: RateLimit; retryAfterSeconds: number },
): HttpResult {
  const whose = limit.key === 'endpoint' ? '' : ` (limit by ${limit.key})`;
  return json(
    429,
    {
      error_code: 'REQUEST_LIMIT_EXCEEDED',
      message: `Endpoint '${name}' takes ${limit.calls} requests per minute${whose}`,
    },
    { 'retry-after': String(retryAfterSeconds) },
  );
}

const bodyOf = ({ body }: HttpRequest, parsed: ParsedRequest | undefined) => ({
  request: body,
  ...(parsed?.requestJson !== undefined && { requestJson: parsed.requestJson }),
});

function entryOf(
  live: LiveConfig,
  parsed: ParsedRequest | undefined,
  requestId: string,
  timestampMs: number,
) {
  return {
    live,
    requestId,
    timestampMs,
    rows: parsed?.table?.rows.length ?? 0,
    ...(parsed?.clientRequestId !== undefined && { clientRequestId: parsed.clientRequestId }),
    ...(parsed?.eventTime !== undefined && { eventTime: parsed.eventTime }),
  };
}
