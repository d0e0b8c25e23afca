import { describe, expect, it } from 'vitest';
import { RouteTable } from '../../../../lib/local/gateway/route-table.ts';

/** The example of AWS's page on routes of HTTP APIs, and what it says is chosen. */
const table = new RouteTable();
for (const key of [
  'GET /pets/dog/1',
  'GET /pets/dog/{id}',
  'GET /pets/{proxy+}',
  'ANY /{proxy+}',
  '$default',
  'POST /pets/dog/1',
]) {
  table.add({ key, integrationId: key });
}

describe('RouteTable', () => {
  it.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1', {}],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}', { proxy: 'cat/1' }],
    ['POST', '/test/5', 'ANY /{proxy+}', { proxy: 'test/5' }],
    ['PUT', '/', '$default', {}],
    ['GET', '/pets/dog/a%20b', 'GET /pets/dog/{id}', { id: 'a b' }],
  ])('sends %s %s to %s', (method, path, key, pathParameters) => {
    const matched = table.match(method, path);
    expect(matched?.route.key).toBe(key);
    expect(matched?.pathParameters).toEqual(pathParameters);
  });

  it('knows nothing else without a default route', () => {
    const bare = new RouteTable();
    bare.add({ key: 'GET /a', integrationId: 'a' });
    expect(bare.match('GET', '/b')).toBeUndefined();
    expect(bare.match('POST', '/a')).toBeUndefined();
  });
});
