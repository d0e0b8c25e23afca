import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../../functions/shared/event-pattern/pattern.ts';
import { EVENT_PATTERNS } from '../../support/known-answers/event-patterns.ts';

describe('compilePattern', () => {
  test.each(EVENT_PATTERNS)('matches %s', (_what, pattern, matching, others) => {
    const matches = compilePattern(pattern);

    expect(matching.map(matches)).toEqual(matching.map(() => true));
    expect(others.map(matches)).toEqual(others.map(() => false));
  });

  test.each([
    ['an unknown operator', { a: [{ like: 'b' }] }, /at a: unrecognized match type like/],
    ['a bare value', { a: { b: 'c' } }, /at a\.b: must be an object or an array/],
    ['an empty array', { a: [] }, /empty array/],
    ['an empty object', { a: {} }, /empty object/],
    ['a list', ['a'], /must be an object/],
    ['two operators in one', { a: [{ prefix: 'a', suffix: 'b' }] }, /only one key/],
    ['a prefix of a number', { a: [{ prefix: 1 }] }, /only one key/],
    ['exists with a text', { a: [{ exists: 'yes' }] }, /exists/],
    ['an upper bound first', { a: [{ numeric: ['<', 5, '>', 1] }] }, /numeric/],
    ['an empty range', { a: [{ numeric: ['>', 5, '<', 5] }] }, /numeric/],
    ['a number above five billion', { a: [{ numeric: ['<', 5.1e9] }] }, /numeric/],
    ['a bound without a number', { a: [{ numeric: ['<'] }] }, /numeric/],
    ['a bad network', { a: [{ cidr: '10.0.0.0/33' }] }, /CIDR/],
    ['two wildcards in a row', { a: [{ wildcard: 'a**' }] }, /consecutive/],
    ['a stray backslash', { a: [{ wildcard: 'a\\b' }] }, /escape/],
    ['anything-but with a number range', { a: [{ 'anything-but': { numeric: [] } }] }, /negate/],
    ['anything-but nothing', { a: [{ 'anything-but': [] }] }, /empty array/],
    ['$or with one pattern', { $or: [{ a: [1] }] }, /at least two/],
  ])('refuses %s', (_what, pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(message);
    expect(() => compilePattern(pattern)).toThrow(/^Event pattern is not valid/);
  });

  test('a pattern made of an event matches that event, and no event without its fields', () => {
    const event = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '$or' && name !== '__proto__'),
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(event, (fields) => {
        const exact = Object.entries(fields).map(([name, value]) => [name, [value]]);
        const matches = compilePattern({ detail: Object.fromEntries(exact) });

        expect(matches({ detail: fields })).toBe(true);
        expect(matches({ detail: {} })).toBe(false);
      }),
    );
  });

  test('anything-but is the opposite of the plain value wherever the field exists', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (excluded, value) => {
        const equal = compilePattern({ a: [excluded] });
        const other = compilePattern({ a: [{ 'anything-but': excluded }] });

        expect(other({ a: value })).toBe(!equal({ a: value }));
      }),
    );
  });
});
