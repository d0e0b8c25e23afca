import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDuration, isDuration, parseDuration } from '../../../functions/shared/duration.ts';
import { GRANULARITIES, windowAt, windowById } from '../../../functions/shared/time-window.ts';

const at = (text: string) => Date.parse(text);

describe('durations', () => {
  it('reads every part of ISO 8601', () => {
    expect(parseDuration('P1Y2M1W3DT4H5M6.5S')).toEqual({
      months: 14,
      milliseconds: 10 * 86_400_000 + 4 * 3_600_000 + 5 * 60_000 + 6500,
    });
  });

  it.each(['', 'P', 'PT', 'P1', '1D', 'P1H', 'P-1D', 'P1DT', 'p1d'])('refuses %j', (text) => {
    expect(isDuration(text)).toBe(false);
    expect(() => parseDuration(text)).toThrow('not an ISO 8601 duration');
  });

  it('keeps to the calendar when months are added and taken away', () => {
    expect(addDuration(at('2001-01-31T06:00:00Z'), parseDuration('P1M'))).toBe(
      at('2001-02-28T06:00:00Z'),
    );
    expect(addDuration(at('2001-03-31T00:00:00Z'), parseDuration('P60D'), -1)).toBe(
      at('2001-01-30T00:00:00Z'),
    );
    expect(addDuration(at('2001-01-15T00:00:00Z'), parseDuration('P13M'), -1)).toBe(
      at('1999-12-15T00:00:00Z'),
    );
  });
});

describe('windowAt', () => {
  it.each([
    ['PT5M', '2001-02-03T04:05:00Z', '2001-02-03T04:10:00Z'],
    ['PT30M', '2001-02-03T04:00:00Z', '2001-02-03T04:30:00Z'],
    ['PT1H', '2001-02-03T04:00:00Z', '2001-02-03T05:00:00Z'],
    ['P1D', '2001-02-03T00:00:00Z', '2001-02-04T00:00:00Z'],
    ['P1W', '2001-01-29T00:00:00Z', '2001-02-05T00:00:00Z'],
    ['P1M', '2001-02-01T00:00:00Z', '2001-03-01T00:00:00Z'],
    ['P1Y', '2001-01-01T00:00:00Z', '2002-01-01T00:00:00Z'],
  ])('aligns %s in UTC', (granularity, start, end) => {
    const window = windowAt(at('2001-02-03T04:06:07Z'), granularity);
    expect(window).toEqual({ id: start, start: at(start), end: at(end) });
  });

  it('puts every time into exactly one window, also before 1970', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at('1950-01-01'), max: at('2100-01-01') }),
        fc.constantFrom(...GRANULARITIES),
        (time, granularity) => {
          const window = windowAt(time, granularity);
          expect(window.start).toBeLessThanOrEqual(time);
          expect(window.end).toBeGreaterThan(time);
          expect(windowById(window.id, granularity)).toEqual(window);
          expect(windowAt(window.end, granularity).start).toBe(window.end);
          expect(windowAt(window.start - 1, granularity).end).toBe(window.start);
        },
      ),
    );
  });

  it('refuses a length that is no granularity and an id that is no start', () => {
    expect(() => windowAt(0, 'PT7M')).toThrow('granularity must be one of');
    expect(() => windowById('2001-02-03T04:00:00Z', 'P1D')).toThrow('No window of length P1D');
    expect(() => windowById('yesterday', 'P1D')).toThrow('is not a window');
  });
});
