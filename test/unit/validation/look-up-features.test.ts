import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookUpFeatures } from '../../../functions/validation/look-up-features.ts';

const path = 's3://bucket/customers.csv';
const byCustomer = { path, lookup_key: 'customer' };
const inTime = {
  ...byCustomer,
  timestamp_lookup_key: 'at',
  timestamp_key: 'known_at',
};
const day = (n: number) => new Date(n * 86_400_000).toISOString();

describe('features that are looked up', () => {
  it('stand beside a row’s own columns, which stay; what is missing is the default or null', () => {
    const rows = [
      { customer: 'a', label: 1 },
      { customer: 'b', label: 0, age: 7 },
      { customer: 'c', label: 0 },
    ];
    const table = [
      { customer: 'a', age: 31, orders: 4 },
      { customer: 'b', age: 52, orders: null },
    ];
    const lookup = {
      ...byCustomer,
      rename_outputs: { orders: 'orders_30d' },
      default_values: { orders: 0 },
    };
    expect(lookUpFeatures(rows, table, lookup)).toEqual([
      { customer: 'a', label: 1, age: 31, orders_30d: 4 },
      { customer: 'b', label: 0, age: 7, orders_30d: 0 },
      { customer: 'c', label: 0, age: null, orders_30d: 0 },
    ]);
  });

  it('take several columns for a key, and tell texts from numbers', () => {
    const table = [
      { shop: 1, item: 'x', price: 10 },
      { shop: '1', item: 'x', price: 20 },
    ];
    const lookup = { path, lookup_key: ['shop', 'item'] };
    const rows = [
      { shop: '1', item: 'x' },
      { shop: 1, item: 'y' },
    ];
    expect(lookUpFeatures(rows, table, lookup).map(({ price }) => price)).toEqual([20, null]);
  });

  it('are those that were known at the time of the row, and not older than the window', () => {
    const table = [5, 1, 3].map((n) => ({ customer: 'a', known_at: day(n), n }));
    const rows = [0, 1, 2, 3, 4, 9, 10].map((n) => ({ customer: 'a', at: day(n) }));
    const found = (lookback_window?: string) =>
      lookUpFeatures(rows, table, { ...inTime, ...(lookback_window && { lookback_window }) }).map(
        ({ n }) => n,
      );
    expect(found()).toEqual([null, 1, 1, 3, 3, 5, 5]);
    expect(found('P4D')).toEqual([null, 1, 1, 3, 3, 5, null]);
    expect(found('PT0S')).toEqual([null, 1, null, 3, null, null, null]);
  });

  it('are those that looking at every row of the table finds', () => {
    const entry = fc.record({
      customer: fc.constantFrom('a', 'b'),
      time: fc.integer({ min: 0, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1 }), fc.array(entry, { minLength: 1 }), (t, r) => {
        const table = t.map(({ customer, time }, n) => ({ customer, known_at: time, n }));
        const rows = r.map(({ customer, time }) => ({ customer, at: time }));
        const expected = rows.map(({ customer, at }) => {
          const known = table.filter((one) => one.customer === customer && one.known_at <= at);
          const latest = Math.max(...known.map(({ known_at }) => known_at));
          return known.findLast(({ known_at }) => known_at === latest)?.n ?? null;
        });
        expect(lookUpFeatures(rows, table, inTime).map(({ n }) => n)).toEqual(expected);
      }),
    );
  });

  it.each([
    [
      [{ id: 1 }],
      [{ customer: 'a', n: 1 }],
      byCustomer,
      "The evaluation data has no column 'custo",
    ],
    [[{ customer: 'a' }], [{ id: 1 }], byCustomer, `${path} has no column 'customer'`],
    [
      [{ customer: 'a' }],
      [{ customer: 'a', n: 1 }],
      { ...byCustomer, feature_names: ['n', 'age', 'sex'] },
      "has no column 'age', 'sex'",
    ],
    [
      [{ customer: 'a', at: 'soon' }],
      [{ customer: 'a', known_at: day(1), n: 1 }],
      inTime,
      'The evaluation data: row 0 has the time "soon"',
    ],
  ])('are refused without columns and times: %j', (rows, table, lookup, message) => {
    expect(() => lookUpFeatures(rows, table, lookup)).toThrow(message);
  });
});
