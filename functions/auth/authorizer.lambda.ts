import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import type { Actor } from '../shared/actor.ts';
import { authorize } from './authorize.ts';

type Answer = { readonly isAuthorized: false } | APIGatewaySimpleAuthorizerWithContextResult<Actor>;

/** The HTTP API's authorizer: what it puts into the context is the principal of every function. */
export async function handler(event: APIGatewayRequestAuthorizerEventV2): Promise<Answer> {
  const actor = await authorize(event.identitySource[0], Date.now());
  return actor ? { isAuthorized: true, context: actor } : { isAuthorized: false };
}
