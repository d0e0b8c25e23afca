import { defineRoutes, type GatewayRoute } from '../shared/declare.ts';

const path = '/api/slipway/v1/models/{name}/policy';

export const policiesRoutes = defineRoutes([
  { operation: 'putPolicy', method: 'PUT', path, fn: 'policies' },
  { operation: 'getPolicy', method: 'GET', path, fn: 'policies' },
  { operation: 'deletePolicy', method: 'DELETE', path, fn: 'policies' },
]);

export const policiesGateway: GatewayRoute[] = [{ fn: 'policies', key: `ANY ${path}` }];
