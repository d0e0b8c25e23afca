import { DAY_MS } from '../../shared/duration.ts';
import { invalid } from '../../shared/errors.ts';
import type { RequestTable } from './request-table.ts';

/** An event time further ahead of the clock would close every window until then. */
const MAX_AHEAD_MS = DAY_MS;

/**
 * The latest value of the timestamp column, in epoch milliseconds; undefined when the request has
 * no such column or no value in it. Throws INVALID_PARAMETER_VALUE for what is no time.
 */
export function eventTimeOf(table: RequestTable, column: string, now: number): number | undefined {
  const index = table.columns?.indexOf(column) ?? -1;
  if (index < 0) return undefined;
  let latest: number | undefined;
  for (const row of table.rows) {
    const value = row[index];
    if (value === null || value === undefined) continue;
    const time = toEpochMs(value);
    if (time === undefined || time < 0) {
      throw invalid(`${column}: ${JSON.stringify(value)} is not a time since 1970`);
    }
    if (latest === undefined || time > latest) latest = time;
  }
  if (latest !== undefined && latest > now + MAX_AHEAD_MS) {
    throw invalid(`${column}: ${new Date(latest).toISOString()} lies in the future`);
  }
  return latest;
}

const HAS_ZONE = /(Z|[+-]\d\d:?\d\d)$/i;
const ISO_LIKE = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/i;

/** Epoch milliseconds of a number (already milliseconds) or an ISO 8601 text (UTC unless it says). */
export function toEpochMs(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : undefined;
  if (typeof value !== 'string' || !ISO_LIKE.test(value)) return undefined;
  const text = value.replace(' ', 'T');
  const time = Date.parse(text.length > 10 && !HAS_ZONE.test(text) ? `${text}Z` : text);
  return Number.isNaN(time) ? undefined : time;
}
