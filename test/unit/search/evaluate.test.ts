import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Comparison,
  holds,
  like,
  type Operator,
  patternSearch,
} from '../../../functions/search/index.ts';

const compare = (operator: Operator, value: Comparison['value']): Comparison => ({
  key: 'k',
  operator,
  value,
});

describe('a comparison', () => {
  it('is satisfied by a missing value only when it asks for one', () => {
    const operators: Operator[] = [
      '=',
      '!=',
      '<',
      '>=',
      'LIKE',
      'NOT LIKE',
      'NOT IN',
      'IS NOT NULL',
    ];
    for (const operator of operators) {
      expect(holds(compare(operator, operator.includes('IN') ? ['x'] : 'x'), undefined)).toBe(
        false,
      );
    }
    expect(holds(compare('IS NULL', null), undefined)).toBe(true);
  });

  it.each([
    ['LIKE', 'Flight', 'fl%', false],
    ['ILIKE', 'Flight', 'fl%', true],
    ['NOT ILIKE', 'Flight', 'fl%', false],
    ['ILIKE', 'FLÄCHE', 'fl_che', true],
    ['ILIKE', 'FLÄCHE', 'flÄche', true],
    // As in MLflow's database, whose letters of both cases are ASCII's.
    ['ILIKE', 'FLÄCHE', 'fläche', false],
    // There, texts end at a NUL for patterns.
    ['LIKE', 'a\0b', 'a', true],
    ['ILIKE', 'a', 'A\0b', true],
    ['LIKE', 'a\0b', '%b', false],
    ['=', 'a\0b', 'a', false],
    ['=', 'a', 'a', true],
    ['!=', 'a', 'b', true],
  ] as const)('%s holds %s against %s: %s', (operator, value, wanted, expected) => {
    expect(holds(compare(operator, wanted), value)).toBe(expected);
  });

  it('orders numbers as numbers and never a number against a text', () => {
    expect(holds(compare('>', 9), 10)).toBe(true);
    expect(holds(compare('>', '9'), 10)).toBe(false);
    expect(holds(compare('<=', 10), 10)).toBe(true);
  });

  it('takes NaN for 0, as which the server of MLflow 3.11 finds it', () => {
    for (const operator of ['=', '<=', '>='] as const) {
      expect(holds(compare(operator, 0), Number.NaN), operator).toBe(true);
    }
    expect(holds(compare('<', 1), Number.NaN)).toBe(true);
    expect(holds(compare('>', -1), Number.NaN)).toBe(true);
    expect(holds(compare('!=', 0), Number.NaN)).toBe(false);
  });
});

describe('LIKE', () => {
  it('matches as the pattern of a regular expression does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '%', '_'), maxLength: 8 });
    fc.assert(
      fc.property(letters, patterns, (value, pattern) => {
        const source = pattern.replaceAll('.', '\\.').replaceAll('%', '.*').replaceAll('_', '.');
        expect(like(value, pattern)).toBe(new RegExp(`^${source}$`, 's').test(value));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['😀', '_', true],
    ['😀', '__', false],
    ['a😀b', 'a_b', true],
    ['a😀b', '%_b', true],
    ['ab', 'a_b', false],
  ])('takes a character beyond 16 bits for one: %s LIKE %s', (value, pattern, expected) => {
    expect(like(value, pattern)).toBe(expected);
  });

  it('answers a hostile pattern at once', () => {
    const before = process.cpuUsage();
    expect(like('a'.repeat(5000), `${'%a'.repeat(500)}b`)).toBe(false);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});

describe('a search for a regular expression', () => {
  it('is given up when all texts together take too long, though each is quick enough', () => {
    const contains = patternSearch(20);
    const text = `${'a'.repeat(16)}!`;
    const found = () => holds(compare('RLIKE', '^(a+)+$'), text, contains);
    expect(() => {
      for (let i = 0; i < 2000; i++) expect(found()).toBe(false);
    }).toThrow('takes too long');
    // Another search begins anew.
    expect(holds(compare('RLIKE', '^a'), text, patternSearch())).toBe(true);
  });
});
