import { defineRoutes, type GatewayRoute } from '../shared/declare.ts';

const path = '/api/slipway/v1/tokens';

export const authRoutes = defineRoutes([
  { operation: 'createToken', method: 'POST', path, fn: 'auth' },
  { operation: 'listTokens', method: 'GET', path, fn: 'auth' },
  { operation: 'revokeToken', method: 'DELETE', path: `${path}/{id}`, fn: 'auth' },
]);

export const authGateway: GatewayRoute[] = [
  { fn: 'auth', key: `ANY ${path}` },
  { fn: 'auth', key: `ANY ${path}/{id}` },
];
