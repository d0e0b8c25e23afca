import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RouteTable } from '../../../../lib/local/gateway/route-table.ts';

const tableOf = (...keys: string[]) => {
  const table = new RouteTable();
  for (const key of keys) table.add({ key, integrationId: key });
  return table;
};

describe('RouteTable', () => {
  /**
   * The example of AWS's page on routes of HTTP APIs, and what it says is chosen:
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
   */
  const table = tableOf(
    'ANY /{proxy+}',
    'GET /pets/{proxy+}',
    'GET /pets/dog/{id}',
    'GET /pets/dog/1',
    'POST /pets/dog/1',
    '$default',
  );

  it.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1', {}],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}', { proxy: 'cat/1' }],
    ['POST', '/test/5', 'ANY /{proxy+}', { proxy: 'test/5' }],
    ['PUT', '/', '$default', {}],
    ['GET', '/pets/dog/a b', 'GET /pets/dog/{id}', { id: 'a b' }],
  ])('sends %s %s to %s', (method, path, key, pathParameters) => {
    const matched = table.match(method, path);
    expect(matched?.route.key).toBe(key);
    expect(matched?.pathParameters).toEqual(pathParameters);
  });

  it('knows nothing else without a default route', () => {
    const bare = tableOf('GET /a', 'GET /b/{id}');
    expect(bare.match('GET', '/c')).toBeUndefined();
    expect(bare.match('POST', '/a')).toBeUndefined();
    expect(bare.match('GET', '/b/')).toBeUndefined();
    expect(bare.match('GET', '/b/1/2')).toBeUndefined();
  });

  it('prefers a method to ANY, and a full match to a greedy one', () => {
    const mixed = tableOf('ANY /a', 'GET /a', 'GET /a/{rest+}', 'GET /{x}/{y}');
    expect(mixed.match('GET', '/a')?.route.key).toBe('GET /a');
    expect(mixed.match('PUT', '/a')?.route.key).toBe('ANY /a');
    expect(mixed.match('GET', '/a/b')?.route.key).toBe('GET /{x}/{y}');
  });

  it('chooses the same route in whatever order the template lists them', () => {
    const segment = fc.constantFrom('a', 'b', '{x}');
    const path = fc
      .tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([parts, greedy]) => `/${[...parts, ...(greedy ? ['{rest+}'] : [])].join('/')}`);
    const key = fc.tuple(fc.constantFrom('GET', 'ANY'), path).map((parts) => parts.join(' '));
    const asked = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
      .map((parts) => `/${parts.join('/')}`);
    const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(keys, asked, (list, wanted) => {
        const forward = tableOf(...list).match('GET', wanted);
        const backward = tableOf(...list.toReversed()).match('GET', wanted);
        expect(backward).toEqual(forward && { ...forward, route: expect.anything() });
        expect(backward?.route.key).toBe(forward?.route.key);
        expect(forward !== undefined).toBe(list.some((one) => expressionOf(one).test(wanted)));
      }),
    );
  });
});

/** The plainest reading of a route key. */
function expressionOf(key: string): RegExp {
  const path = key.split(' ')[1]!;
  return new RegExp(`^${path.replaceAll('{x}', '[^/]+').replaceAll('{rest+}', '.+')}$`);
}
