import type { Context } from 'aws-lambda';
import { type TaskEvent, taskHandler } from '../events/tasks.ts';
import { requireAdmin } from '../shared/actor.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi, parseBody, parseValue } from '../shared/http/json-api.ts';
import { createFirstToken, createToken, newTokenSchema } from './create-token.ts';
import { listTokens, listTokensQuery } from './list-tokens.ts';
import { revokeToken } from './revoke-token.ts';
import { authRoutes } from './routes.ts';

const http = jsonApi(authRoutes, 'auth', {
  createToken: (request, context) => {
    requireAdmin(context.actor);
    return createToken(parseBody(request, newTokenSchema), context);
  },
  listTokens: ({ query }, context) => {
    requireAdmin(context.actor);
    return listTokens(parseValue(query, listTokensQuery), context);
  },
  revokeToken: ({ params }, context) => {
    requireAdmin(context.actor);
    return revokeToken(params.id ?? '', context);
  },
});

/** For whoever may invoke the function itself: how the first token of an installation is made. */
const direct = taskHandler({
  'create-token': (input, context) => createToken(parseValue(input, newTokenSchema), context),
  'create-first-token': ({ token }, context) =>
    createFirstToken(token === undefined ? undefined : String(token), context),
  'list-tokens': (input, context) => listTokens(parseValue(input, listTokensQuery), context),
  'revoke-token': (input, context) => revokeToken(String(input.id), context),
});

export const handler = (event: HttpEvent | TaskEvent, context: Context) =>
  'task' in event ? direct(event, context) : http(event, context);
