import { defineRoutes, type GatewayRoute } from '../shared/declare.ts';

export const eventsRoutes = defineRoutes([
  { operation: 'listEvents', method: 'GET', path: '/api/slipway/v1/events', fn: 'events' },
  {
    operation: 'exportEvents',
    method: 'GET',
    path: '/api/slipway/v1/events/export',
    fn: 'events',
  },
]);

export const eventsGateway: GatewayRoute[] = [
  { fn: 'events', key: 'GET /api/slipway/v1/events' },
  { fn: 'events', key: 'GET /api/slipway/v1/events/export' },
];
