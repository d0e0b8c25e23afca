import { jsonApi } from '../shared/http/json-api.ts';
import { getCosts } from './get-costs.ts';
import { costsRoutes } from './routes.ts';

export const handler = jsonApi(costsRoutes, 'costs', {
  getCosts: ({ query }, context) => getCosts(query, context),
});
