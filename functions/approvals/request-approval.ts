import type { OperationContext } from '../shared/context.ts';
import { conflict } from '../shared/errors.ts';
import type { Approval } from './approval.ts';
import { findApproval, insertApproval, replaceToken } from './approval-store.ts';

const MAX_ATTEMPTS = 10;

type ApprovalRequest = Omit<Approval, 'status' | 'votes' | 'requested_at'> & {
  /** Task token of the execution that waits. */
  readonly token: string;
};

/** Asks for approval; asked again (a retried task) it keeps the votes and takes the new token. */
export async function requestApproval(
  { token, ...request }: ApprovalRequest,
  context: OperationContext,
): Promise<void> {
  const approval: Approval = {
    ...request,
    status: 'PENDING',
    votes: [],
    requested_at: new Date(context.clock()).toISOString(),
  };
  if (await insertApproval(approval, token, context)) return;
  // Somebody may answer between the look and the write: then the answer has to reach the new token.
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const current = await findApproval(request.id);
    if (!current || (await replaceToken(current, token, context))) return;
  }
  throw conflict(`Too many votes on ${request.id} at once`);
}
