import { defineRoutes, type GatewayRoute } from '../shared/declare.ts';

const path = '/api/slipway/v1/costs';

export const costsRoutes = defineRoutes([
  { operation: 'getCosts', method: 'GET', path, fn: 'costs' },
]);

export const costsGateway: readonly GatewayRoute[] = [{ fn: 'costs', key: `GET ${path}` }];
