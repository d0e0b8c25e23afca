import { defineRoutes, type GatewayRoute } from '../shared/declare.ts';

const path = '/api/slipway/v1/models/{name}/versions/{version}/validation';

export const validationRoutes = defineRoutes([
  { operation: 'getValidation', method: 'GET', path, fn: 'validation' },
]);

export const validationGateway: GatewayRoute[] = [{ fn: 'validation', key: `GET ${path}` }];
