import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODEL_ORDER_FIELDS } from '../../../functions/registry/search/search-fields.ts';
import { compareValues, parseOrderBy } from '../../../functions/search/index.ts';
import { RUN_FIELDS } from '../../../functions/tracking/search/search-fields.ts';

const parse = (...clauses: string[]) => parseOrderBy(clauses, RUN_FIELDS);

describe('order_by', () => {
  it.each([
    ['metrics.key1 asc', 'metric', 'key1', false],
    ['metrics."key1"  desc', 'metric', 'key1', true],
    ['params.`my param` DESC', 'parameter', 'my param', true],
    ['metrics.a.b', 'metric', 'a.b', false],
    ['attributes.status  ASC', 'attribute', 'status', false],
    ['start_time DESC', 'attribute', 'start_time', true],
  ])('reads %s', (clause, entity, key, descending) => {
    expect(parse(clause)).toEqual([expect.objectContaining({ entity, key, descending })]);
  });

  it.each([
    ['m.acc', 'Invalid entity type'],
    ['acc', 'Invalid attribute key'],
    ['`metrics.A', 'Invalid order_by clause'],
    ['', 'Invalid order_by clause'],
    ['metrics.A != 1', 'Invalid order_by clause'],
    ['metrics.A blah DESC', 'Invalid order_by clause'],
    ['attribute.run_id ACS', 'Invalid ordering key'],
    ['attribute.run_id DESC blah', 'Invalid order_by clause'],
    ['attribute.experiment_id', 'Invalid attribute key'],
  ])('refuses %j', (clause, message) => {
    expect(() => parse(clause)).toThrow(message);
  });

  it('refuses a field named twice, also under two names', () => {
    expect(() => parse('metric.a', 'metrics.`a` DESC')).toThrow('contains duplicate fields');
    expect(() => parse('start_time', 'attributes.Created DESC')).toThrow('duplicate fields');
    expect(parse('metrics.a', 'params.a')).toHaveLength(2);
  });
});

describe('the order of values', () => {
  it('puts NaN behind every number and a missing value last, in both directions', () => {
    const values = [Number.NaN, undefined, 1000, -Infinity, 0, Infinity, -1000];
    const sorted = (descending: boolean) =>
      values.map((_, i) => i).sort((i, j) => compareValues(values[i], values[j], descending));
    const numbers = [-Infinity, -1000, 0, 1000, Infinity];
    expect(sorted(false).map((i) => values[i])).toEqual([...numbers, Number.NaN, undefined]);
    expect(sorted(true).map((i) => values[i])).toEqual([
      ...numbers.toReversed(),
      Number.NaN,
      undefined,
    ]);
  });

  it('is that of characters, not of their halves', () => {
    const texts = ['a', 'a\ue000', 'a\uffff', 'a😀', 'a😀b', '😀'];
    expect(texts.toReversed().sort((a, b) => compareValues(a, b, false))).toEqual(texts);
  });

  it('is the same seen from either side', () => {
    const value = fc.option(fc.oneof(fc.double(), fc.integer()), { nil: undefined });
    fc.assert(
      fc.property(value, value, fc.boolean(), (a, b, descending) => {
        expect(compareValues(a, b, descending) + compareValues(b, a, descending)).toBe(0);
      }),
    );
  });
});

describe('an order that knows its keys only', () => {
  const order = (clause: string) => parseOrderBy(['name ASC', clause], MODEL_ORDER_FIELDS);

  it.each(['creation_timestamp DESC', 'tags.t1', 'attributes.name'])('refuses %s', (clause) => {
    expect(() => order(clause)).toThrow(/Invalid order by key '[^' ]+' specified/);
  });

  it('takes a key by its other name', () => {
    expect(order('timestamp DESC')).toMatchObject([{}, { key: 'last_updated_timestamp' }]);
  });
});
