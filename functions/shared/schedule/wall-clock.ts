import { DAY_MS } from '../duration.ts';

/** What clocks in a time zone show. Such local times are written as if they were UTC, in epoch milliseconds. */
interface WallClock {
  /** The local time at a moment (epoch milliseconds). */
  readonly shows: (moment: number) => number;
  /** The first moment of a local time; undefined for one that is skipped when daylight saving begins. */
  readonly momentOf: (time: number) => number | undefined;
}

export function wallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const shows = (moment: number): number => {
    const parts = format.formatToParts(moment);
    const of = (type: Intl.DateTimeFormatPartTypes) =>
      Number(parts.find((part) => part.type === type)?.value);
    const seconds = [of('hour'), of('minute'), of('second')] as const;
    return Date.UTC(of('year'), of('month') - 1, of('day'), ...seconds);
  };
  const offsetAt = (moment: number) => shows(moment) - moment;
  return {
    shows,
    momentOf: (time) => {
      // A day away no transition is near: these are the offsets before and after one, if there is one.
      const offsets = [offsetAt(time - DAY_MS), offsetAt(time + DAY_MS)];
      // The greater offset is the earlier moment.
      const moments = offsets.sort((a, b) => b - a).map((offset) => time - offset);
      return moments.find((moment) => shows(moment) === time);
    },
  };
}
