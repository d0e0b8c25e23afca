import { parseCsv } from '../../shared/csv.ts';
import { DomainError, invalid } from '../../shared/errors.ts';
import type { HttpRequest } from '../../shared/http/api.ts';
import type { LiveConfig } from '../endpoints/endpoint.ts';
import { eventTimeOf } from './event-time.ts';
import { type RequestTable, toRequestTable } from './request-table.ts';
import type { ScoringRequest } from './scorer.ts';

/** Databricks' limit of a request's payload. */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

/** A request for predictions, read as far as it can be without its model. */
export interface ParsedRequest {
  readonly scoring: ScoringRequest;
  /** The body's text, when it is JSON. */
  readonly requestJson?: string;
  /** Its rows; absent when only the scorer can tell them, as with tensors. */
  readonly table?: RequestTable;
  readonly clientRequestId?: string;
  readonly eventTime?: number;
}

/**
 * Reads the body as JSON or CSV. What is no table is left to the scorer, which may take tensors. Throws
 * MAX_PAYLOAD_EXCEEDED, MALFORMED_REQUEST and INVALID_PARAMETER_VALUE.
 */
export function parseRequest(request: HttpRequest, live: LiveConfig, now: number): ParsedRequest {
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

/** The key that stays with one entity: of the header, else of the endpoint's column in the first row. */
export function stickyKey(
  { headers }: HttpRequest,
  table: RequestTable | undefined,
  live: LiveConfig,
): string | undefined {
  const header = headers['slipway-sticky-key'];
  if (header) return header;
  const index = live.stickyKey === undefined ? -1 : (table?.columns?.indexOf(live.stickyKey) ?? -1);
  const value = table?.rows[0]?.[index];
  return value === undefined || value === null ? undefined : String(value);
}
