import type { Actor } from '../shared/actor.ts';
import { admits, credentialsOf } from './token.ts';
import { findToken } from './token-store.ts';

/** Who sent a request, by its Authorization header; undefined when it names no valid token. */
export async function authorize(
  authorization: string | undefined,
  now: number,
): Promise<Actor | undefined> {
  const credentials = credentialsOf(authorization);
  const token = credentials && (await findToken(credentials.id));
  if (!token || !admits(token, credentials.secret, now)) return undefined;
  return { user: token.user, groups: token.groups };
}
