import type { OperationContext } from '../shared/context.ts';
import type { Approval } from './approval.ts';
import { findApproval, insertApproval, replaceToken } from './approval-store.ts';

export type ApprovalRequest = Omit<Approval, 'status' | 'votes' | 'requested_at'> & {
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
  const current = await findApproval(request.id);
  if (current) await replaceToken(current, token, context);
}
