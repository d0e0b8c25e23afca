import { defineRoutes, type GatewayRoute } from '../shared/declare.ts';

export const graphqlRoutes = defineRoutes([
  { operation: 'runQuery', method: 'POST', path: '/graphql', fn: 'graphql' },
] as const);

export const graphqlGateway: GatewayRoute[] = [{ fn: 'graphql', key: 'ANY /graphql' }];
