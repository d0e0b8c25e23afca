import { jsonApi, parseJson } from '../shared/http/json-api.ts';
import { deletePolicy } from './delete-policy.ts';
import { getPolicy, wirePolicy } from './get-policy.ts';
import { parsePolicy } from './parse-policy.ts';
import { putPolicy } from './put-policy.ts';
import { policiesRoutes } from './routes.ts';

export const handler = jsonApi(policiesRoutes, 'policies', {
  putPolicy: async (request, context) => {
    const input = parsePolicy(parseJson(request.body));
    return wirePolicy(await putPolicy({ name: request.params.name ?? '', ...input }, context));
  },
  getPolicy: async ({ params }) => wirePolicy(await getPolicy(params.name ?? '')),
  deletePolicy: async ({ params }, context) => {
    await deletePolicy(params.name ?? '', context);
    return {};
  },
});
