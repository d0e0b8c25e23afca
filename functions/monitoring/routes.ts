import { defineRoutes, type GatewayRoute } from '../shared/declare.ts';

export const monitoringRoutes = defineRoutes([
  {
    operation: 'recordLabels',
    method: 'POST',
    path: '/api/slipway/v1/endpoints/{name}/labels',
    fn: 'monitoring',
  },
  {
    operation: 'listWindows',
    method: 'GET',
    path: '/api/slipway/v1/endpoints/{name}/windows',
    fn: 'monitoring',
  },
  {
    operation: 'getAbReport',
    method: 'GET',
    path: '/api/slipway/v1/endpoints/{name}/ab-report',
    fn: 'monitoring',
  },
]);

export const monitoringGateway: readonly GatewayRoute[] = [
  { fn: 'monitoring', key: 'POST /api/slipway/v1/endpoints/{name}/labels' },
  { fn: 'monitoring', key: 'GET /api/slipway/v1/endpoints/{name}/windows' },
  { fn: 'monitoring', key: 'GET /api/slipway/v1/endpoints/{name}/ab-report' },
];
