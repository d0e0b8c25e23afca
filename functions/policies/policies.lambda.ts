import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import { RegisteredModelRenamed } from '../registry/events.ts';
import { requireLevelOn } from '../registry/index.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi, parseJson } from '../shared/http/json-api.ts';
import { deletePolicy } from './delete-policy.ts';
import { followRename } from './follow-rename.ts';
import { getPolicy, wirePolicy } from './get-policy.ts';
import { parsePolicy } from './parse-policy.ts';
import { putPolicy } from './put-policy.ts';
import { policiesRoutes } from './routes.ts';

const http = jsonApi(policiesRoutes, 'policies', {
  putPolicy: async (request, context) => {
    const input = parsePolicy(parseJson(request.body));
    const name = request.params.name ?? '';
    await requireLevelOn(name, 'CAN_MANAGE', context);
    return wirePolicy(await putPolicy({ name, ...input }, context));
  },
  getPolicy: async ({ params }) => wirePolicy(await getPolicy(params.name ?? '')),
  deletePolicy: async ({ params }, context) => {
    const name = params.name ?? '';
    await requireLevelOn(name, 'CAN_MANAGE', context);
    await deletePolicy(name, context);
    return {};
  },
});

const events = consumeEvents([on(RegisteredModelRenamed, followRename)]);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);
