import type { Context } from 'aws-lambda';
import type { Actor } from '../../functions/shared/actor.ts';
import type { HttpEvent } from '../../functions/shared/http/api.ts';
import { type Answer, callApi } from './call-api.ts';

/** Calls a function's entry point as somebody whom the authorizer knows. */
export function callAs<Body = unknown>(
  actor: Actor,
  handler: (event: HttpEvent, context: Context) => unknown,
  method: string,
  path: string,
  body?: object,
): Promise<Answer<Body>> {
  const known = (event: HttpEvent, context: Context) => {
    const requestContext = { ...event.requestContext, authorizer: { lambda: actor } };
    return handler({ ...event, requestContext }, context);
  };
  return callApi<Body>(known, method, path, body);
}
