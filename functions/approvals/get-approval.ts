import * as z from 'zod/mini';
import { notFound } from '../shared/errors.ts';
import { APPROVAL_STATUSES, type Approval } from './approval.ts';
import { findApproval, listApprovals } from './approval-store.ts';

const DEFAULT_LIMIT = 100;

export const listApprovalsQuery = z.strictObject({
  status: z.optional(z.enum(APPROVAL_STATUSES)),
  limit: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(1000))),
});

export async function getApproval(id: string): Promise<Approval> {
  const approval = await findApproval(id);
  if (!approval) throw notFound(`Approval ${id} does not exist`);
  return approval;
}

/** Requests in a status, or in any, newest first. */
export async function approvals({
  status,
  limit = DEFAULT_LIMIT,
}: z.infer<typeof listApprovalsQuery>): Promise<{ approvals: Approval[] }> {
  const statuses = status ? [status] : APPROVAL_STATUSES;
  const found = await Promise.all(statuses.map((one) => listApprovals(one, limit)));
  const newestFirst = found.flat().sort((a, b) => (a.requested_at < b.requested_at ? 1 : -1));
  return { approvals: newestFirst.slice(0, limit) };
}
