import type { Actor } from '../shared/actor.ts';
import { DomainError, invalid } from '../shared/errors.ts';

export const APPROVAL_STATUSES = ['PENDING', 'APPROVED', 'DENIED', 'EXPIRED'] as const;

export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export interface Vote {
  readonly user: string;
  readonly decision: 'approve' | 'deny';
  readonly comment: string;
  /** ISO 8601. */
  readonly at: string;
}

export const APPROVAL_KINDS = ['promotion', 'rollout'] as const;

/** What is asked: may a version become champion, or take all requests of an endpoint. */
export type ApprovalKind = (typeof APPROVAL_KINDS)[number];

/**
 * A question that waits for people. Its id is that of the promotion or rollout. When a promotion is asked about
 * again because the champion has changed, the id is `<promotion>-<champion's version>`.
 */
export interface Approval {
  readonly id: string;
  readonly kind: ApprovalKind;
  /** Of a rollout: where it takes place. */
  readonly endpoint?: string;
  readonly model: string;
  readonly version: string;
  /** The version that it would replace; null: none. */
  readonly champion: string | null;
  readonly status: ApprovalStatus;
  readonly requested_by: string;
  /** `group:<name>` or `user:<name>`; empty: anybody. */
  readonly approvers: readonly string[];
  readonly quorum: number;
  readonly self_approval: boolean;
  readonly comment_required?: boolean;
  /** When others were asked, too, and whom. */
  readonly escalated?: { readonly at: string; readonly to: readonly string[] };
  readonly evidence: string;
  readonly votes: readonly Vote[];
  /** ISO 8601. */
  readonly requested_at: string;
  readonly expires_at: string;
}

/**
 * Throws PERMISSION_DENIED for an actor who may not vote, INVALID_PARAMETER_VALUE when the question is decided,
 * the actor has voted before, or a comment is missing.
 */
export function checkVote(approval: Approval, actor: Actor, comment: string): void {
  if (approval.status !== 'PENDING') {
    throw invalid(`The request is ${approval.status.toLowerCase()} already`);
  }
  if (approval.votes.some((vote) => vote.user === actor.user)) {
    throw invalid(`${actor.user} has voted already`);
  }
  const names = [`user:${actor.user}`, ...actor.groups.map((group) => `group:${group}`)];
  const listed = approval.approvers.some((approver) => names.includes(approver));
  if (approval.approvers.length > 0 && !listed) {
    throw new DomainError(
      'PERMISSION_DENIED',
      `${actor.user} is none of the approvers: ${approval.approvers.join(', ')}`,
    );
  }
  if (!approval.self_approval && actor.user === approval.requested_by) {
    throw new DomainError('PERMISSION_DENIED', 'Nobody may approve what they asked for themselves');
  }
  if (approval.comment_required && comment.trim() === '') {
    throw invalid('The answer needs a comment');
  }
}

/** Whether somebody may vote, with a comment. */
export function mayVote(approval: Approval, actor: Actor): boolean {
  try {
    checkVote(approval, actor, 'a comment');
    return true;
  } catch {
    return false;
  }
}

/** One denial decides; approvals decide when the quorum is there. */
export function statusAfter(votes: readonly Vote[], quorum: number): ApprovalStatus {
  if (votes.some((vote) => vote.decision === 'deny')) return 'DENIED';
  return votes.length >= quorum ? 'APPROVED' : 'PENDING';
}

/** Who decided, in a sentence: `approved by ana and ben on 2026-11-21`. */
export function decisionText({ status, votes }: Pick<Approval, 'status' | 'votes'>): string {
  const decision = status === 'APPROVED' ? 'approve' : 'deny';
  const deciding = votes.filter((vote) => vote.decision === decision);
  const by = deciding.map(({ user }) => user).join(' and ');
  return `${status.toLowerCase()} by ${by} on ${(deciding.at(-1)?.at ?? '').slice(0, 10)}`;
}

type Asked = Pick<Approval, 'kind' | 'version' | 'champion' | 'endpoint'>;

/** The question, as a sentence for the person who answers it. */
export function questionText({ kind, version, champion, endpoint }: Asked): string {
  if (kind === 'rollout') {
    const instead = champion === null ? '' : `, instead of version ${champion}`;
    return `May version ${version} take all requests of endpoint ${endpoint}${instead}?`;
  }
  return `May it become champion${champion === null ? '' : ` instead of version ${champion}`}?`;
}

/**
 * The tag of the version that says who let it become champion, or did not. Each endpoint's rollouts have
 * a tag of their own, so that no answer takes the place of another question's.
 */
export const approvalTag = ({ kind, endpoint }: Pick<Approval, 'kind' | 'endpoint'>): string =>
  kind === 'rollout' ? `rollout_approval.${endpoint}` : 'model_approval';
