import * as z from 'zod/mini';
import { getModelVersion, tagSetWrites } from '../registry/index.ts';
import { type Actor, PROGRAMS } from '../shared/actor.ts';
import type { OperationContext } from '../shared/context.ts';
import type { Write } from '../shared/dynamo/index.ts';
import { conflict, DomainError, invalid } from '../shared/errors.ts';
import {
  type Approval,
  approvalTag,
  checkVote,
  decisionText,
  mayVote,
  statusAfter,
  type Vote,
} from './approval.ts';
import { findApproval, saveAnswer, saveEscalation } from './approval-store.ts';
import { getApproval } from './get-approval.ts';

const MAX_ATTEMPTS = 10;

export const answerBody = z.strictObject({
  comment: z._default(z.string().check(z.maxLength(2000)), ''),
});

/**
 * Records who approved or denied, when and why; the execution goes on when the answer is final.
 *
 * @param spend writes that must succeed with the answer, such as using up a link; called again for each try
 */
export async function answerApproval(
  input: { readonly id: string; readonly decision: Vote['decision']; readonly comment: string },
  context: OperationContext,
  spend: () => Promise<readonly Write[]> = async () => [],
): Promise<Approval> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const approval = await getApproval(input.id);
    checkVote(approval, context.actor, input.comment);
    requireTime(approval, context.clock());
    if (input.decision === 'approve') requirePerson(context.actor);
    const vote: Vote = {
      user: context.actor.user,
      decision: input.decision,
      comment: input.comment,
      at: new Date(context.clock()).toISOString(),
    };
    const votes = [...approval.votes, vote];
    const answered = { ...approval, votes, status: statusAfter(votes, approval.quorum) };
    const others = [...(await spend()), ...(await versionTag(answered, context))];
    if (await saveAnswer(answered, approval, context, others)) return answered;
  }
  throw conflict(`Too many votes on ${input.id} at once; try again`);
}

/** The answers that somebody could give now, with a comment. */
export function answersOf(approval: Approval, actor: Actor): Vote['decision'][] {
  if (!mayVote(approval, actor)) return [];
  return actor.groups.includes(PROGRAMS) ? ['deny'] : ['approve', 'deny'];
}

/** The state machine that waits may notice a little later. */
function requireTime({ expires_at }: Approval, now: number): void {
  if (now >= Date.parse(expires_at)) throw invalid(`The request expired at ${expires_at}`);
}

/** A program may stop what waits for an answer, never let it pass. */
function requirePerson({ user, groups }: Actor): void {
  if (groups.includes(PROGRAMS)) {
    throw new DomainError('PERMISSION_DENIED', `${user} is a program: a person has to approve`);
  }
}

async function versionTag(approval: Approval, context: OperationContext): Promise<Write[]> {
  const { model: name, version, status } = approval;
  if (status === 'PENDING') return [];
  const found = await getModelVersion(name, version);
  // Not a version that got the number later, after its model was deleted and created again.
  if (!found || found.creation_timestamp > Date.parse(approval.requested_at)) return [];
  return tagSetWrites(found, approvalTag(approval), decisionText(approval), context);
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

/**
 * Lets others answer, too, after nobody decided in time. Asked again it changes nothing; a request that
 * is decided stays so.
 */
export async function escalateApproval(
  id: string,
  to: readonly string[],
  context: OperationContext,
): Promise<void> {
  const approval = await findApproval(id);
  if (approval?.status !== 'PENDING' || approval.escalated) return;
  const escalated = { at: new Date(context.clock()).toISOString(), to };
  // Without approvers anybody may answer already.
  const approvers = approval.approvers.length > 0 ? [...approval.approvers, ...to] : [];
  await saveEscalation({ ...approval, approvers, escalated }, context);
}
