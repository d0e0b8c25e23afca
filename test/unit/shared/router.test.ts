import { describe, expect, it } from 'vitest';
import { createRouter } from '../../../functions/shared/http/router.ts';

const router = createRouter([
  { operation: 'get', method: 'GET', path: '/models/{name}', fn: 'f' },
  { operation: 'policy', method: 'GET', path: '/models/{name}/policy', fn: 'f' },
  { operation: 'file', method: 'GET', path: '/files/{path+}', fn: 'f' },
]);

const match = (path: string) => {
  const found = router.match('GET', path);
  return found && [found.route.operation, found.params];
};

describe('the router', () => {
  it('knows the methods of a path', () => {
    expect(router.methods('/models/a/')).toEqual(['GET']);
    expect(router.methods('/nothing')).toEqual([]);
  });

  it.each([
    // Paths come decoded: what looks encoded is the name itself.
    ['/models/100%', 'get', { name: '100%' }],
    ['/models/100%25', 'get', { name: '100%25' }],
    ['/models/a%2Fb', 'get', { name: 'a%2Fb' }],
    ['/models/%zz', 'get', { name: '%zz' }],
    ['/models/a b+ä', 'get', { name: 'a b+ä' }],
    ['/models/a%2Fb/policy', 'policy', { name: 'a%2Fb' }],
    ['/files/a/b%20c/', 'file', { path: 'a/b%20c/' }],
    ['/files/a/\u2028b\r', 'file', { path: 'a/\u2028b\r' }],
  ])('takes %s as it is', (path, operation, params) => {
    expect(match(path)).toEqual([operation, params]);
  });

  it('parts a path at every slash', () => {
    expect(match('/models/a/b')).toBeUndefined();
  });
});
