import { DAY_MS } from '../../shared/duration.ts';
import { windowAt } from '../../shared/time-window.ts';

/** What is compacted at once, `[start, end)` in epoch milliseconds: a day, or a longer window. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The span that holds a time: windows shorter than a day make a day, longer ones stand alone. */
export function spanOf(time: number, granularity: string): Span {
  const window = windowAt(time, granularity);
  return window.end - window.start >= DAY_MS ? window : windowAt(time, 'P1D');
}
