import { describe, expect, it } from 'vitest';
import { compileRowFilter } from '../../../functions/search/index.ts';

describe('a filter over rows', () => {
  it.each([
    ['distance > 2000', { distance: 2001 }, true],
    ['distance > 2000', { distance: 2000 }, false],
    ["distance > 2000 AND origin = 'ATL'", { distance: 2001, origin: 'ATL' }, true],
    ["distance > 2000 AND origin = 'ATL'", { distance: 2001, origin: 'JFK' }, false],
    ["origin IN ('ATL', 'JFK')", { origin: 'JFK' }, true],
    ["origin NOT IN ('ATL', 'JFK')", { origin: 'JFK' }, false],
    ['hour IN (7, 8)', { hour: 8 }, true],
    ["carrier LIKE 'U_'", { carrier: 'UA' }, true],
    ['tail IS NULL', { tail: null }, true],
    ['tail IS NULL', {}, true],
    ['delay < 1', { delay: Number.NaN }, false],
    ['delay IS NULL', { delay: Number.NaN }, true],
    ['tail IS NOT NULL', { tail: 'N1' }, true],
    ['day > 4', { day: 5n }, true],
    ["late = 'true'", { late: true }, true],
    ['`dep hour` >= 7', { 'dep hour': 7 }, true],
    ['a.b = 1', { 'a.b': 1 }, true],
    ['constructor IS NULL', {}, true],
  ])('%s', (text, row, expected) => {
    expect(compileRowFilter(text)(row)).toBe(expected);
  });

  it.each(['', 'distance >', 'distance > 1 OR x = 2', 'distance'])('refuses %j', (text) => {
    expect(() => compileRowFilter(text)).toThrow();
  });
});
