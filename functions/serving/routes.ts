import { defineRoutes, type GatewayRoute } from '../shared/declare.ts';

export const servingRoutes = defineRoutes([
  {
    operation: 'createEndpoint',
    method: 'POST',
    path: '/api/2.0/serving-endpoints',
    fn: 'serving',
  },
  { operation: 'listEndpoints', method: 'GET', path: '/api/2.0/serving-endpoints', fn: 'serving' },
  {
    operation: 'getEndpoint',
    method: 'GET',
    path: '/api/2.0/serving-endpoints/{name}',
    fn: 'serving',
  },
  {
    operation: 'deleteEndpoint',
    method: 'DELETE',
    path: '/api/2.0/serving-endpoints/{name}',
    fn: 'serving',
  },
  {
    operation: 'updateEndpointConfig',
    method: 'PUT',
    path: '/api/2.0/serving-endpoints/{name}/config',
    fn: 'serving',
  },
  {
    operation: 'listEndpointConfigs',
    method: 'GET',
    path: '/api/slipway/v1/endpoints/{name}/configs',
    fn: 'serving',
  },
  {
    operation: 'rollbackEndpoint',
    method: 'POST',
    path: '/api/slipway/v1/endpoints/{name}/rollback',
    fn: 'serving',
  },
  {
    operation: 'invokeEndpoint',
    method: 'POST',
    path: '/serving-endpoints/{name}/invocations',
    fn: 'serving-invoke',
  },
]);

export const servingGateway: readonly GatewayRoute[] = [
  { fn: 'serving', key: 'ANY /api/2.0/serving-endpoints' },
  { fn: 'serving', key: 'ANY /api/2.0/serving-endpoints/{proxy+}' },
  { fn: 'serving', key: 'GET /api/slipway/v1/endpoints/{name}/configs' },
  { fn: 'serving', key: 'POST /api/slipway/v1/endpoints/{name}/rollback' },
  { fn: 'serving-invoke', key: 'POST /serving-endpoints/{name}/invocations' },
];
