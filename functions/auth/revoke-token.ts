import type { OperationContext } from '../shared/context.ts';
import { notFound } from '../shared/errors.ts';
import { describeToken } from './describe-token.ts';
import { findToken, markRevoked } from './token-store.ts';

/**
 * Ends a token's validity: at once here, at the gateway when its authorizer's answer is forgotten.
 * One that was revoked already stays as it is. Throws RESOURCE_DOES_NOT_EXIST.
 */
export async function revokeToken(id: string, context: OperationContext) {
  const token = await findToken(id);
  if (!token) throw notFound(`Token ${id} does not exist`);
  if (token.revokedAt !== undefined) return describeToken(token, context.clock());
  const revoked = { ...token, revokedAt: context.clock() };
  if (await markRevoked(revoked, context)) return describeToken(revoked, context.clock());
  return describeToken((await findToken(id)) ?? revoked, context.clock());
}
