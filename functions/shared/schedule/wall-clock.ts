import { DAY_MS } from '../duration.ts';

/** The clock on the wall of a time zone; its times are written as if they were UTC, in milliseconds. */
interface WallClock {
  /** What the clock shows at a moment. */
  readonly shows: (moment: number) => number;
  /** The first moment at which the clock shows a time; undefined for one that it passes over. */
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
      // A day is longer than any transition of a time zone is away from the times that it shifts.
      const offsets = [offsetAt(time - DAY_MS), offsetAt(time + DAY_MS)];
      // The greater offset is the earlier moment.
      const moments = offsets.sort((a, b) => b - a).map((offset) => time - offset);
      return moments.find((moment) => shows(moment) === time);
    },
  };
}
