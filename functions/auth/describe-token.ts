import { stateOf, type Token } from './token.ts';

/** A token as it is shown, without its hash; times are ISO 8601. */
export function describeToken(token: Token, now: number) {
  const { id, user, groups, comment, createdAt, createdBy, validUntil, revokedAt } = token;
  return {
    id,
    user,
    groups: [...groups],
    comment,
    state: stateOf(token, now),
    created_at: iso(createdAt),
    created_by: createdBy,
    expires_at: validUntil === undefined ? null : iso(validUntil),
    revoked_at: revokedAt === undefined ? null : iso(revokedAt),
  };
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
