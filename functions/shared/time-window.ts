import { addDuration, DAY_MS, type Duration, parseDuration, WEEK_MS } from './duration.ts';
import { invalid } from './errors.ts';

/** A window of event time, `[start, end)` in epoch milliseconds; `id` is its start in ISO 8601. */
interface TimeWindow {
  readonly id: string;
  readonly start: number;
  readonly end: number;
}

/** Monday, 5 January 1970: weeks are counted from it. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** The lengths that a series of windows may have, as in Databricks' monitors. */
export const GRANULARITIES: readonly string[] = [
  'PT5M',
  'PT30M',
  'PT1H',
  'P1D',
  'P1W',
  'P2W',
  'P3W',
  'P4W',
  'P1M',
  'P1Y',
];

/** The last window of each length: most requests are in that of the one before. */
const latest = new Map<string, TimeWindow>();

/** The window that holds `time`. Windows are aligned in UTC: days at midnight, weeks on Monday. */
export function windowAt(time: number, granularity: string): TimeWindow {
  const last = latest.get(granularity);
  if (last && time >= last.start && time < last.end) return last;
  const window = reckonWindow(time, granularity);
  latest.set(granularity, window);
  return window;
}

function reckonWindow(time: number, granularity: string): TimeWindow {
  const length = lengthOf(granularity);
  const start = length.months > 0 ? monthStart(time, length.months) : gridStart(time, length);
  return { id: windowId(start), start, end: addDuration(start, length) };
}

/** The window named by its id, which must be the start of a window of that length. */
export function windowById(id: string, granularity: string): TimeWindow {
  const start = Date.parse(id);
  if (Number.isNaN(start)) throw invalid(`'${id}' is not a window: a window is named by its start`);
  const window = windowAt(start, granularity);
  if (window.start !== start) throw invalid(`No window of length ${granularity} starts at ${id}`);
  return window;
}

const windowId = (start: number) => new Date(start).toISOString().replace('.000Z', 'Z');

const lengths = new Map(GRANULARITIES.map((text) => [text, parseDuration(text)]));

function lengthOf(granularity: string): Duration {
  const length = lengths.get(granularity);
  if (!length) throw invalid(`granularity must be one of ${GRANULARITIES.join(', ')}`);
  return length;
}

function gridStart(time: number, { milliseconds }: Duration): number {
  const origin = milliseconds % WEEK_MS === 0 ? FIRST_MONDAY_MS : 0;
  return Math.floor((time - origin) / milliseconds) * milliseconds + origin;
}

function monthStart(time: number, months: number): number {
  const date = new Date(time);
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
  const first = Math.floor(month / months) * months;
  return Date.UTC(Math.floor(first / 12), first % 12, 1);
}
