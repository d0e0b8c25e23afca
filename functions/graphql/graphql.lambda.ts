import { jsonApi } from '../shared/http/json-api.ts';
import { graphqlRoutes } from './routes.ts';
import { runQuery } from './run-query.ts';

export const handler = jsonApi(graphqlRoutes, 'graphql', { runQuery });
