import { Cron } from 'croner';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../duration.ts';
import { compileCron } from './cron.ts';
import { isTimeZone } from './time-zone.ts';
import { wallClock } from './wall-clock.ts';

/** When a schedule runs. Times in epoch milliseconds. */
interface Expression {
  /**
   * The first run after a time; undefined when there is none. `anchor`: when the schedule was made, or where
   * its rate starts.
   */
  readonly next: (after: number, anchor: number) => number | undefined;
}

/**
 * The Scheduler runs a schedule within this time of what its expression says; one that comes late by less
 * than that is still on time. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
const PRECISION_MS = MINUTE_MS;

const UNITS_MS: Readonly<Record<string, number>> = {
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
};

/**
 * Parses `cron(…)`, `rate(…)` or `at(…)` in a time zone. Throws for what AWS refuses.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function parseExpression(text: string, timezone: string): Expression {
  if (!isTimeZone(timezone)) throw new Error(`${timezone} is no time zone`);
  const [, kind, argument = ''] = /^(cron|rate|at)\((.*)\)$/s.exec(text.trim()) ?? [];
  if (kind === 'cron') return fromCron(compileCron(argument), timezone);
  if (kind === 'rate') return fromRate(argument);
  if (kind === 'at') return fromTime(argument, timezone);
  throw new Error(`${text} is none of cron(…), rate(…) and at(…)`);
}

/**
 * A run falls out on the day on which clocks pass over its time, and there is one where they show it twice, whatever
 * its fields: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 * Croner knows other rules, so it is only asked for times of the wall clock.
 */
function fromCron(cron: Cron, timezone: string): Expression {
  const clock = wallClock(timezone);
  return {
    next: (after) => {
      for (let time: number | undefined = clock.shows(after); ; ) {
        time = cron.nextRun(new Date(time))?.getTime();
        if (time === undefined) return undefined;
        const moment = clock.momentOf(time);
        if (moment !== undefined && moment > after) return moment;
      }
    },
  };
}

function fromRate(argument: string): Expression {
  const [, count, unit] = /^\s*([1-9]\d*)\s+(minute|hour|day)s?\s*$/.exec(argument) ?? [];
  const interval = Number(count) * (UNITS_MS[unit ?? ''] ?? Number.NaN);
  if (Number.isNaN(interval)) {
    throw new Error(`rate(${argument}) is no number of minutes, hours or days`);
  }
  return {
    next: (after, anchor) =>
      after < anchor ? anchor : anchor + (Math.floor((after - anchor) / interval) + 1) * interval,
  };
}

function fromTime(argument: string, timezone: string): Expression {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(argument)) {
    throw new Error(`at(${argument}) needs yyyy-mm-ddThh:mm:ss`);
  }
  const cron = new Cron(argument, { timezone, paused: true });
  return {
    next: (after, anchor) =>
      cron.nextRun(new Date(after < anchor ? anchor - PRECISION_MS : after))?.getTime(),
  };
}
