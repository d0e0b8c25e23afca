import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import {
  ConditionFailed,
  conditionHeld,
  getItem,
  key,
  queryAll,
  transactWrite,
  type Write,
  writeOne,
} from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import type { Approval, ApprovalKind, ApprovalStatus, Vote } from './approval.ts';
import {
  ApprovalDenied,
  ApprovalEscalated,
  ApprovalExpired,
  ApprovalGranted,
  ApprovalRequested,
} from './events.ts';

/** The row; `token` lets the waiting execution go on and is never shown. */
interface ApprovalRow extends Approval {
  readonly token: string;
}

const tableName = () => requiredEnv('REGISTRY_TABLE');
/** The kind of rows that were written before approvals had one. */
const BEFORE_KINDS: ApprovalKind = 'promotion';

const approvalKey = (id: string) => ({ pk: key('APPROVAL', id), sk: 'META' });

function toApproval(row: ApprovalRow & Record<string, unknown>): Approval {
  const { pk: _pk, sk: _sk, token: _token, approvalStatus: _s, requestedAt: _r, ...shown } = row;
  return { ...shown, kind: shown.kind ?? BEFORE_KINDS };
}

const getRow = (id: string) =>
  getItem<ApprovalRow & Record<string, unknown>>(tableName(), approvalKey(id));

export async function findApproval(id: string): Promise<Approval | undefined> {
  const row = await getRow(id);
  return row && toApproval(row);
}

/** The token to answer with, and the answer. */
export async function findToken(
  id: string,
): Promise<{ token: string; status: ApprovalStatus } | undefined> {
  const row = await getRow(id);
  return row && { token: row.token, status: row.status };
}

/** Requests in a status, newest first. */
export async function listApprovals(status: ApprovalStatus, limit: number): Promise<Approval[]> {
  const found: Approval[] = [];
  for await (const row of queryAll<ApprovalRow & Record<string, unknown>>({
    table: tableName(),
    index: 'byStatus',
    condition: 'approvalStatus = :status',
    values: { ':status': status },
    descending: true,
    limit,
  })) {
    found.push(toApproval(row));
    if (found.length === limit) break;
  }
  return found;
}

/**
 * The promotion of a version that waits for an answer, if there is one. A model may have been deleted and created
 * again under its name: what was asked about the former version of that number, before this one, is left out.
 *
 * @param registered when the version was registered, epoch milliseconds
 */
export async function findPendingPromotion(
  model: string,
  version: string,
  registered: number,
): Promise<Approval | undefined> {
  for await (const row of queryAll<ApprovalRow & Record<string, unknown>>({
    table: tableName(),
    index: 'byStatus',
    condition: 'approvalStatus = :pending',
    filter: 'model = :model AND version = :version',
    values: { ':pending': 'PENDING', ':model': model, ':version': version },
    descending: true,
  })) {
    // The index may be a moment behind.
    const found = await findApproval(row.id);
    const waits = found?.status === 'PENDING' && found.kind === 'promotion';
    if (waits && Date.parse(found.requested_at) >= registered) return found;
  }
  return undefined;
}

/** Follows a rename in the requests that wait for an answer; those made after `time` belong to another model. */
export async function renameAsked(from: string, to: string, time: string): Promise<void> {
  const rows = queryAll<Pick<Approval, 'id'>>({
    table: tableName(),
    index: 'byStatus',
    condition: 'approvalStatus = :pending AND requestedAt <= :time',
    filter: 'model = :from',
    values: { ':pending': 'PENDING', ':from': from, ':time': time },
  });
  for await (const { id } of rows) {
    const update: Write = {
      table: tableName(),
      key: approvalKey(id),
      update: 'SET model = :to',
      condition: 'model = :from',
      values: { ':from': from, ':to': to },
    };
    await conditionHeld(writeOne(update));
  }
}

/** Writes a new request with its event; answers false when there is one. */
export async function insertApproval(
  approval: Approval,
  token: string,
  context: OperationContext,
): Promise<boolean> {
  const { id, approvers, quorum, expires_at } = approval;
  const data = { ...about(approval), approvers: [...approvers], quorum, expires_at };
  return conditionHeld(
    transactWrite([
      {
        table: tableName(),
        put: {
          ...approvalKey(id),
          ...approval,
          token,
          approvalStatus: approval.status,
          requestedAt: approval.requested_at,
        },
        condition: 'attribute_not_exists(pk)',
      },
      outbox(tableName(), ApprovalRequested, data, context),
    ]),
  );
}

/**
 * Keeps the token of a task that asked again. If the answer is there already, its event is written once more, so
 * that the new token gets it, too. Returns false when the status changed meanwhile.
 */
export async function replaceToken(
  approval: Approval,
  token: string,
  context: OperationContext,
): Promise<boolean> {
  return conditionHeld(
    transactWrite([
      {
        table: tableName(),
        key: approvalKey(approval.id),
        update: 'SET #token = :token',
        names: { '#token': 'token', '#status': 'status' },
        condition: '#status = :status',
        values: { ':token': token, ':status': approval.status },
      },
      ...answerEvent(approval, context),
    ]),
  );
}

/** Writes votes, status and the event of an answer; false when somebody else was faster. */
export async function saveAnswer(
  approval: Approval,
  former: { readonly votes: readonly Vote[] },
  context: OperationContext,
  others: readonly Write[] = [],
): Promise<boolean> {
  return conditionHeld(
    transactWrite([
      {
        table: tableName(),
        key: approvalKey(approval.id),
        update: 'SET votes = :votes, #status = :status, approvalStatus = :status',
        condition: '#status = :pending AND size(votes) = :former',
        names: { '#status': 'status' },
        values: {
          ':votes': approval.votes,
          ':status': approval.status,
          ':pending': 'PENDING',
          ':former': former.votes.length,
        },
      },
      ...answerEvent(approval, context),
      ...others,
    ]),
  );
}

/** Writes who else may answer, with its event; nothing when the request is decided by now. */
export async function saveEscalation(
  approval: Approval & Required<Pick<Approval, 'escalated'>>,
  context: OperationContext,
): Promise<void> {
  const { id, approvers, escalated, expires_at } = approval;
  const to = [...escalated.to];
  try {
    await transactWrite([
      {
        table: tableName(),
        key: approvalKey(id),
        update: 'SET approvers = :approvers, escalated = :escalated',
        condition: '#status = :pending AND attribute_not_exists(escalated)',
        names: { '#status': 'status' },
        values: { ':approvers': approvers, ':escalated': escalated, ':pending': 'PENDING' },
      },
      outbox(tableName(), ApprovalEscalated, { ...about(approval), to, expires_at }, context),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** The fields that every event of a request carries. */
const about = ({ id, kind, endpoint, model, version }: Approval) => ({
  approval_id: id,
  kind,
  ...(endpoint !== undefined && { endpoint }),
  model,
  version,
});

function answerEvent(approval: Approval, context: OperationContext): Write[] {
  const { votes, status } = approval;
  const request = about(approval);
  const table = tableName();
  if (status === 'PENDING') return [];
  if (status === 'EXPIRED') return [outbox(table, ApprovalExpired, request, context)];
  const decision = status === 'APPROVED' ? 'approve' : 'deny';
  const deciding = votes.filter((vote) => vote.decision === decision);
  const answer = {
    ...request,
    by: deciding.map((vote) => vote.user),
    comment: deciding.at(-1)?.comment ?? '',
    date: (deciding.at(-1)?.at ?? new Date(context.clock()).toISOString()).slice(0, 10),
  };
  const definition = status === 'APPROVED' ? ApprovalGranted : ApprovalDenied;
  return [outbox(table, definition, answer, context)];
}
