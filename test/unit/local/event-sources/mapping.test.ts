import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMapping } from '../../../../lib/local/event-sources/mapping.ts';

const KINDS = ['INSERT', 'MODIFY', 'REMOVE'];

const withFilters = (...filters: readonly object[]) =>
  parseMapping(
    'Mapping',
    {
      EventSourceArn: 's',
      FunctionName: 'f',
      StartingPosition: 'LATEST',
      FilterCriteria: { Filters: filters.map((one) => ({ Pattern: JSON.stringify(one) })) },
    },
    'stream',
  );

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
describe('the kinds of records that filters let pass', () => {
  test('are those that all filters name, each its own', () => {
    const inserted = { eventName: ['INSERT'], dynamodb: { Keys: { sk: { S: ['a'] } } } };

    expect(withFilters(inserted).kinds).toEqual(new Set(['INSERT']));
    expect(withFilters(inserted, { eventName: ['REMOVE', 'MODIFY'] }).kinds).toEqual(
      new Set(KINDS),
    );
  });

  test('are unknown without filters, or where one does not name them plainly', () => {
    expect(withFilters().kinds).toBeUndefined();
    expect(withFilters({ eventName: ['INSERT'] }, { awsRegion: ['x'] }).kinds).toBeUndefined();
    expect(withFilters({ eventName: [{ 'anything-but': 'REMOVE' }] }).kinds).toBeUndefined();
  });

  test('leave out no record that a filter matches', () => {
    const test = fc.oneof(
      fc.constantFrom<unknown>(...KINDS),
      fc.constantFrom<unknown>({ prefix: 'IN' }, { 'anything-but': 'MODIFY' }, { exists: true }),
    );
    const eventName = fc.array(test, { minLength: 1, maxLength: 3 });
    const filter = fc
      .record({ eventName, awsRegion: fc.constant(['here']) }, { requiredKeys: ['awsRegion'] })
      .map((pattern): object => pattern);
    fc.assert(
      fc.property(fc.array(filter, { maxLength: 3 }), fc.constantFrom(...KINDS), (all, kind) => {
        const { matches, kinds } = withFilters(...all);
        if (matches({ eventName: kind, awsRegion: 'here' })) {
          expect(kinds?.has(kind) ?? true).toBe(true);
        }
      }),
    );
  });
});
