import type { OperationContext } from '../shared/context.ts';
import { conflict } from '../shared/errors.ts';
import { type Approval, checkVote, statusAfter, type Vote } from './approval.ts';
import { findApproval, saveAnswer } from './approval-store.ts';
import { getApproval } from './get-approval.ts';

const MAX_ATTEMPTS = 10;

/** Records who approved or denied, when and why; the execution goes on when the answer is final. */
export async function answerApproval(
  input: { readonly id: string; readonly decision: Vote['decision']; readonly comment: string },
  context: OperationContext,
): Promise<Approval> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const approval = await getApproval(input.id);
    checkVote(approval, context.actor);
    const vote: Vote = {
      user: context.actor.user,
      decision: input.decision,
      comment: input.comment,
      at: new Date(context.clock()).toISOString(),
    };
    const votes = [...approval.votes, vote];
    const answered = { ...approval, votes, status: statusAfter(votes, approval.quorum) };
    if (await saveAnswer(answered, approval, context)) return answered;
  }
  throw conflict(`Too many votes on ${input.id} at once; try again`);
}

/** Ends a request whose time is over; answers the status that it has come to. */
export async function expireApproval(
  id: string,
  context: OperationContext,
): Promise<Approval['status']> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const approval = await findApproval(id);
    if (!approval) return 'EXPIRED';
    if (approval.status !== 'PENDING') return approval.status;
    if (await saveAnswer({ ...approval, status: 'EXPIRED' }, approval, context)) return 'EXPIRED';
  }
  throw conflict(`Too many votes on ${id} at once`);
}
