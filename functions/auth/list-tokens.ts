import * as z from 'zod/mini';
import type { OperationContext } from '../shared/context.ts';
import { describeToken } from './describe-token.ts';
import { listTokenPage } from './token-store.ts';

const MAX_PAGE = 1000;

export const listTokensQuery = z.strictObject({
  /** Id of the last token of the page before. */
  after: z.optional(z.string().check(z.minLength(1))),
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(MAX_PAGE)), MAX_PAGE),
});

/** Tokens by id, without their secrets, which nobody has. `next` is the `after` of the next page. */
export async function listTokens(
  { after, limit }: z.infer<typeof listTokensQuery>,
  context: OperationContext,
) {
  const { tokens, more } = await listTokenPage(limit, after);
  return {
    tokens: tokens.map((token) => describeToken(token, context.clock())),
    next: more ? (tokens.at(-1)?.id ?? null) : null,
  };
}
