import * as z from 'zod/mini';
import { requireAdmin } from '../shared/actor.ts';
import type { OperationContext } from '../shared/context.ts';
import { addDuration, isDuration, parseDuration } from '../shared/duration.ts';
import { invalid } from '../shared/errors.ts';
import { checkVote } from './approval.ts';
import { getApproval } from './get-approval.ts';
import { newLink, tokenOf } from './link.ts';
import { insertLink } from './link-store.ts';

export const linkBody = z.strictObject({
  user: z.optional(z.string().check(z.minLength(1))),
  groups: z._default(z.array(z.string()), []),
  expires_in: z.optional(
    z.string().check(z.refine(isDuration, 'must be an ISO 8601 duration such as PT8H')),
  ),
});

/** Stands for the comment of the answer, which is still to be written: a vote without one may be refused. */
const LATER = 'later';

/**
 * Makes a link that answers a request once: for the caller, or by an admin for somebody else. It ends
 * with the request at the latest. Throws PERMISSION_DENIED for a person who may not answer.
 */
export async function createLink(
  id: string,
  input: z.infer<typeof linkBody>,
  context: OperationContext,
): Promise<{ path: string; user: string; expires_at: string }> {
  const approval = await getApproval(id);
  const { actor } = context;
  const other = input.user !== undefined && input.user !== actor.user;
  if (other) requireAdmin(actor);
  else if (input.groups.length > 0) throw invalid('Your groups are those of your token');
  const speaks_for = other ? { user: input.user ?? '', groups: input.groups } : actor;
  checkVote(approval, speaks_for, LATER);
  const now = context.clock();
  const end = Date.parse(approval.expires_at);
  const wanted = input.expires_in ? addDuration(now, parseDuration(input.expires_in)) : end;
  const expires = Math.min(wanted, end);
  const link = newLink({ approval_id: id, speaks_for, created_by: actor.user, expires });
  await insertLink(link);
  return {
    path: `/api/slipway/v1/approvals/${id}/answer?token=${tokenOf(link)}`,
    user: speaks_for.user,
    expires_at: new Date(expires).toISOString(),
  };
}
