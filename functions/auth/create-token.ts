import * as z from 'zod/mini';
import type { OperationContext } from '../shared/context.ts';
import { addDuration, isDuration, parseDuration } from '../shared/duration.ts';
import { invalid } from '../shared/errors.ts';
import { describeToken } from './describe-token.ts';
import { hashOf, newToken, parseToken, type Token } from './token.ts';
import { insertFirstToken, insertToken } from './token-store.ts';

/** The last moment that ISO 8601 writes with four digits. */
const LAST_DATE = Date.UTC(9999, 11, 31);

const name = z
  .string()
  .check(z.regex(/^[\w.@+-]{1,128}$/, 'must be 1 to 128 letters, digits or any of . _ - @ +'));

/** Body of `POST tokens`. */
export const newTokenSchema = z.strictObject({
  user: name,
  groups: z._default(z.array(name).check(z.minLength(1), z.maxLength(50)), ['users']),
  /** ISO 8601; absent: until it is revoked. */
  expires_in: z.optional(
    z.string().check(z.refine(isDuration, 'must be an ISO 8601 duration such as P90D')),
  ),
  comment: z._default(z.string().check(z.maxLength(200)), ''),
});

type NewToken = z.infer<typeof newTokenSchema>;

/** Makes a token; the answer is the only place where it ever stands in full, as `token`. */
export async function createToken(input: NewToken, context: OperationContext) {
  const { token, row } = make(input, context);
  await insertToken(row, context);
  return { ...describeToken(row, context.clock()), token };
}

/**
 * The first admin's token of an installation; later calls answer null. `token`: one that an earlier
 * first call has made, to be the first again after everything was emptied.
 */
export async function createFirstToken(token: string | undefined, context: OperationContext) {
  const input = { user: 'admin', groups: ['admins', 'users'], comment: 'made by the first start' };
  const made = make(input, context, token === undefined ? newToken() : known(token));
  return { token: (await insertFirstToken(made.row, context)) ? made.token : null };
}

function known(token: string): ReturnType<typeof newToken> {
  const parsed = parseToken(token);
  if (!parsed) throw invalid('This is no token');
  return { id: parsed.id, hash: hashOf(parsed.secret), token };
}

function make(
  { user, groups, comment, expires_in }: NewToken,
  context: OperationContext,
  { id, hash, token } = newToken(),
) {
  const now = context.clock();
  const validUntil = expires_in && addDuration(now, parseDuration(expires_in));
  if (validUntil && !(validUntil <= LAST_DATE)) throw invalid('expires_in: too far away');
  const row: Token = {
    id,
    hash,
    user,
    groups: [...new Set(groups)],
    comment,
    createdAt: now,
    createdBy: context.actor.user,
    ...(validUntil && { validUntil }),
  };
  return { token, row };
}
