import { invalid } from './errors.ts';

/** An ISO 8601 duration: calendar months (years are twelve) and exact milliseconds (a day is 24 h). */
export interface Duration {
  readonly months: number;
  readonly milliseconds: number;
}

const PATTERN =
  /^P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_MS = 7 * DAY_MS;

export const isDuration = (text: string): boolean => PATTERN.test(text);

/** Parses `P1D`, `PT30M`, `P1Y2M`. Throws INVALID_PARAMETER_VALUE for anything else. */
export function parseDuration(text: string): Duration {
  const match = PATTERN.exec(text);
  if (!match) throw invalid(`'${text}' is not an ISO 8601 duration such as P1D or PT30M`);
  const [years, months, weeks, days, hours, minutes, seconds] = match
    .slice(1)
    .map((part) => Number(part ?? 0)) as [number, number, number, number, number, number, number];
  return {
    months: years * 12 + months,
    milliseconds:
      weeks * WEEK_MS +
      days * DAY_MS +
      hours * HOUR_MS +
      minutes * MINUTE_MS +
      Math.round(seconds * SECOND_MS),
  };
}

/** `time` (epoch ms) plus the duration, in UTC; the last day of a shorter month stands in for a missing one. */
export function addDuration(time: number, duration: Duration, sign: 1 | -1 = 1): number {
  return addMonths(time, sign * duration.months) + sign * duration.milliseconds;
}

function addMonths(time: number, months: number): number {
  if (months === 0) return time;
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime();
}
