import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../../functions/shared/schedule/expression.ts';

const at = (iso: string) => Date.parse(iso);

/** The first runs after a moment. */
function runs(text: string, after: string, count = 2, timezone = 'UTC'): string[] {
  const { next } = parseExpression(text, timezone);
  const found: string[] = [];
  for (let time = at(after); found.length < count; ) {
    const following = next(time, at(after));
    if (following === undefined) break;
    found.push(new Date(following).toISOString().slice(0, 16));
    time = following;
  }
  return found;
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
describe('parseExpression', () => {
  test.each([
    ['cron(0 10 * * ? *)', ['2026-01-16T10:00', '2026-01-17T10:00']],
    ['cron(15 12 * * ? *)', ['2026-01-15T12:15', '2026-01-16T12:15']],
    ['cron(0 18 ? * MON-FRI *)', ['2026-01-15T18:00', '2026-01-16T18:00', '2026-01-19T18:00']],
    ['cron(0 18 ? * 2-6 *)', ['2026-01-15T18:00', '2026-01-16T18:00', '2026-01-19T18:00']],
    ['cron(0 8 1 * ? *)', ['2026-02-01T08:00', '2026-03-01T08:00']],
    ['cron(0/15 * * * ? *)', ['2026-01-15T10:15', '2026-01-15T10:30', '2026-01-15T10:45']],
    ['cron(7/20 * * * ? *)', ['2026-01-15T10:07', '2026-01-15T10:27', '2026-01-15T10:47']],
    ['cron(0/5 8-17 ? * MON-FRI *)', ['2026-01-15T10:05', '2026-01-15T10:10']],
    ['cron(0 9 ? * 2#1 *)', ['2026-02-02T09:00', '2026-03-02T09:00']],
    ['cron(0 9 ? * TUE#3 *)', ['2026-01-20T09:00', '2026-02-17T09:00']],
    ['cron(0 9 ? * 6L *)', ['2026-01-30T09:00', '2026-02-27T09:00']],
    ['cron(0 9 ? * L *)', ['2026-01-17T09:00', '2026-01-24T09:00']],
    ['cron(0 9 L * ? *)', ['2026-01-31T09:00', '2026-02-28T09:00']],
    ['cron(0 9 LW * ? *)', ['2026-01-30T09:00', '2026-02-27T09:00']],
    ['cron(0 9 1W * ? *)', ['2026-02-02T09:00', '2026-03-02T09:00']],
    ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['cron(0 0 1 JAN,JUL ? 2027-2028)', ['2027-01-01T00:00', '2027-07-01T00:00']],
    ['cron(0 0 1 1 ? 2025)', []],
    ['rate(5 minutes)', ['2026-01-15T10:05', '2026-01-15T10:10']],
    ['rate(1 hour)', ['2026-01-15T11:00', '2026-01-15T12:00']],
    ['rate(2 days)', ['2026-01-17T10:00', '2026-01-19T10:00']],
    ['at(2026-01-20T08:30:00)', ['2026-01-20T08:30']],
    ['at(2026-01-10T08:30:00)', []],
  ])('%s', (text, expected) => {
    expect(runs(text, '2026-01-15T10:00:00Z', Math.max(expected.length, 1))).toEqual(expected);
  });

  test('follows the clocks of a time zone', () => {
    const daily = runs('cron(0 8 * * ? *)', '2026-03-28T00:00:00Z', 3, 'Europe/Berlin');
    const once = runs('at(2026-07-01T12:00:00)', '2026-01-01T00:00:00Z', 1, 'America/New_York');

    expect(daily).toEqual(['2026-03-28T07:00', '2026-03-29T06:00', '2026-03-30T06:00']);
    expect(once).toEqual(['2026-07-01T16:00']);
  });

  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
  test.each([
    ['that is passed over', 'cron(30 2 * * ? *)', '2026-03-28T12:00:00Z', ['2026-03-30T00:30']],
    [
      'that is passed over, of several',
      'cron(0/30 1-3 * * ? *)',
      '2026-03-29T00:00:00Z',
      ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30', '2026-03-29T23:00'],
    ],
    [
      'that comes twice',
      'cron(30 2 * * ? *)',
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      'that comes twice, of several',
      'cron(0/30 * * * ? *)',
      '2026-10-25T00:00:00Z',
      ['2026-10-25T00:30', '2026-10-25T02:00'],
    ],
    [
      'that has come once already',
      'cron(30 2 * * ? *)',
      '2026-10-25T01:00:00Z',
      ['2026-10-26T01:30'],
    ],
  ])('a time %s: %s', (_when, text, after, expected) => {
    expect(runs(text, after, expected.length, 'Europe/Berlin')).toEqual(expected);
  });

  test('a rate of days is one of 24 hours, whatever the clocks do', () => {
    expect(runs('rate(1 day)', '2026-03-28T12:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-03-29T12:00',
      '2026-03-30T12:00',
    ]);
  });

  test.each([
    ['cron(0 10 * * *)', /six fields/],
    ['cron(0 10 * * * *)', /must be \?/],
    ['cron(0 10 ? * ? *)', /must be \?/],
    ['cron(60 10 * * ? *)', /60 is no minutes/],
    ['cron(0 10 ? * 0 *)', /0 is no day-of-week/],
    ['cron(0 10 ? * 8 *)', /8 is no day-of-week/],
    ['cron(0 10 32W * ? *)', /32 is no day-of-month/],
    ['cron(0 10 * FOO ? *)', /FOO is no month/],
    ['cron(0 10 * * ? 1969)', /1969 is no year/],
    ['cron(0/0 10 * * ? *)', /minutes/],
    ['cron(? 10 * * ? *)', /minutes/],
    ['rate(0 minutes)', /rate/],
    ['rate(5 seconds)', /rate/],
    ['rate(1.5 hours)', /rate/],
    ['at(2026-01-01)', /at/],
    ['at(2026-13-01T00:00:00)', /./],
    ['every(1 minute)', /none of/],
  ])('refuses %s', (text, message) => {
    expect(() => parseExpression(text, 'UTC')).toThrow(message);
  });

  test('refuses an unknown time zone', () => {
    expect(() => parseExpression('rate(1 day)', 'Mars/Olympus')).toThrow(/Mars/);
  });

  test('every run of a rate comes after the moment asked for, within one interval, on its grid', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.constantFrom<[string, number]>(
          ['minutes', 60_000],
          ['hours', 3_600_000],
          ['days', 864e5],
        ),
        fc.integer({ min: 0, max: 2e12 }),
        fc.integer({ min: 0, max: 2e12 }),
        (count, [unit, ms], after, anchor) => {
          const next = parseExpression(`rate(${count} ${unit})`, 'UTC').next(after, anchor)!;

          expect(next).toBeGreaterThan(after);
          expect((next - anchor) % (count * ms)).toBe(0);
          if (after >= anchor) expect(next - after).toBeLessThanOrEqual(count * ms);
          else expect(next).toBe(anchor);
        },
      ),
    );
  });
});
