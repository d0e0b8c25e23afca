import { type Approval, answerApproval, findPendingPromotion } from '../../approvals/index.ts';
import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import {
  ConditionFailed,
  retryChanged,
  transactWrite,
  type Write,
} from '../../shared/dynamo/index.ts';
import { alreadyExists, DomainError, notFound } from '../../shared/errors.ts';
import { TransitionRequestAnswered, TransitionRequested } from '../events.ts';
import { getModel, registryTableName } from '../models/model-store.ts';
import { levelOfMove, requireLevel } from '../permissions.ts';
import { versionNumber } from '../versions/model-version.ts';
import { canonicalStage, type Stage } from '../versions/stages.ts';
import { transitionStage } from '../versions/transition-stage.ts';
import { getVersion, versionExists } from '../versions/version-store.ts';
import { type Activity, anActivity, type TransitionRequest } from './activity.ts';
import { asActivity, availableActions, CHAMPION_STAGE } from './open-requests.ts';
import { activityPut, listRequests, requestDelete, requestPut } from './workspace-store.ts';

interface RequestInput {
  readonly name: string;
  readonly version: string;
  readonly stage: string;
  readonly comment?: string;
}

/** Asks for a version to be moved. Everybody who may read the model may ask. */
export async function createTransitionRequest(
  input: RequestInput,
  context: OperationContext,
): Promise<Activity & { readonly available_actions: readonly string[] }> {
  const { name } = input;
  const to = canonicalStage(input.stage);
  const number = versionNumber(input.version);
  const model = await getModel(name);
  requireLevel(model, context.actor, 'CAN_READ');
  const { current_stage: from } = await getVersion(name, number);
  const { user } = context.actor;
  const stages = { from_stage: from, to_stage: to };
  const asked = { ...stages, comment: input.comment || undefined };
  const activity = anActivity('REQUESTED_TRANSITION', asked, context);
  const { id, comment, creation_timestamp } = activity;
  const request: TransitionRequest = { id, ...stages, user_id: user, comment, creation_timestamp };
  const data = { model: name, version: String(number), ...stages, comment: input.comment ?? '' };
  try {
    await transactWrite([
      requestPut(name, number, request),
      activityPut(name, number, activity),
      versionExists(name, number),
      outbox(registryTableName(), TransitionRequested, data, context),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    await getVersion(name, number);
    throw alreadyExists(`${user} has asked for stage ${to} of version ${number} already`);
  }
  const open = { request: asActivity(request, from) };
  const available_actions = availableActions(open, model, from, context.actor);
  return { ...open.request, available_actions };
}

/**
 * Approves: moves the version, unless a promotion waits for this approval and wants more votes. Every
 * open request for the stage is answered with it.
 */
export async function approveTransitionRequest(
  input: RequestInput & { readonly archive_existing_versions?: boolean },
  context: OperationContext,
): Promise<Activity> {
  const asked = await askedFor(input, context);
  const { name, number, from, to, requests, approval } = asked;
  const vote = approval && (await answerApproval(answer(approval, 'approve', input), context));
  const waits = vote?.status === 'PENDING';
  const activity = anActivity(
    'APPROVED_REQUEST',
    {
      from_stage: from,
      to_stage: to,
      comment: input.comment,
      system_comment: waits ? `${vote.votes.length} of ${vote.quorum} approvals` : undefined,
    },
    context,
  );
  if (waits) {
    await transactWrite([activityPut(name, number, activity)]);
    return activity;
  }
  const { archive_existing_versions = false } = input;
  await transitionStage(
    { name, version: input.version, stage: to, archive_existing_versions },
    context,
    {
      activity,
      // The vote stands: requests that others have answered or made meanwhile are not in its way.
      consented: vote !== undefined,
      writes: async () => {
        const open = vote ? await requestsFor(name, number, to) : requests;
        return answerWrites(asked, open, 'approved', input.comment, context);
      },
    },
  );
  return activity;
}

/** Rejects every open request for a stage, and the promotion that waits for it. */
export async function rejectTransitionRequest(
  input: RequestInput,
  context: OperationContext,
): Promise<Activity> {
  const asked = await askedFor(input, context);
  const { name, number, from, to, requests, approval } = asked;
  const stages = { from_stage: from, to_stage: to };
  const activity = anActivity('REJECTED_REQUEST', { ...stages, comment: input.comment }, context);
  const writes = (open: readonly TransitionRequest[]) => [
    ...answerWrites(asked, open, 'rejected', input.comment, context),
    activityPut(name, number, activity),
  ];
  if (approval) {
    await answerApproval(answer(approval, 'deny', input), context);
    // The vote stands, whatever others do with their requests meanwhile.
    await retryChanged(async () => transactWrite(writes(await requestsFor(name, number, to))));
  } else {
    await write(writes(requests));
  }
  return activity;
}

/** Takes a request back: one's own, or as a manager that of `creator`. */
export async function deleteTransitionRequest(
  input: RequestInput & { readonly creator?: string },
  context: OperationContext,
): Promise<Activity> {
  const { name } = input;
  const number = versionNumber(input.version);
  const to = canonicalStage(input.stage);
  const creator = input.creator || context.actor.user;
  const model = await getModel(name);
  const { current_stage: from } = await getVersion(name, number);
  if (creator !== context.actor.user) requireLevel(model, context.actor, levelOfMove(from, to));
  const own = (await requestsFor(name, number, to)).filter(({ user_id }) => user_id === creator);
  if (own.length === 0) throw nothingAsked(number, to);
  const stages = { from_stage: from, to_stage: to };
  const activity = anActivity('CANCELLED_REQUEST', { ...stages, comment: input.comment }, context);
  await write([
    ...answerWrites({ name, number, from, to }, own, 'cancelled', input.comment, context),
    activityPut(name, number, activity),
  ]);
  return activity;
}

interface Move {
  readonly name: string;
  readonly number: number;
  readonly from: Stage;
  readonly to: Stage;
}

/** What is asked for, if there is something to answer and the actor may answer it. */
async function askedFor(input: RequestInput, context: OperationContext) {
  const { name } = input;
  const number = versionNumber(input.version);
  const to = canonicalStage(input.stage);
  const model = await getModel(name);
  const { current_stage: from, creation_timestamp: registered } = await getVersion(name, number);
  const [requests, approval] = await Promise.all([
    requestsFor(name, number, to),
    to === CHAMPION_STAGE ? findPendingPromotion(name, String(number), registered) : undefined,
  ]);
  if (requests.length === 0 && !approval) throw nothingAsked(number, to);
  // Who may vote on a promotion is for its policy to say.
  if (!approval) requireLevel(model, context.actor, levelOfMove(from, to));
  return { name, number, from, to, requests, approval };
}

const requestsFor = async (name: string, number: number, to: Stage) =>
  (await listRequests(name, number)).filter(({ to_stage: stage }) => stage === to);

const nothingAsked = (version: number, stage: Stage) =>
  notFound(`Nobody has asked for stage ${stage} of version ${version}`);

const answer = (
  approval: Approval,
  decision: 'approve' | 'deny',
  { comment = '' }: RequestInput,
) => ({ id: approval.id, decision, comment });

/** Closes requests, with one event for the stage. */
function answerWrites(
  { name, number, from, to }: Move,
  requests: readonly TransitionRequest[],
  decision: 'approved' | 'rejected' | 'cancelled',
  comment: string | undefined,
  context: OperationContext,
): Write[] {
  const data = {
    model: name,
    version: String(number),
    from_stage: from,
    to_stage: to,
    answer: decision,
    comment: comment ?? '',
  };
  return [
    ...requests.map((request) => requestDelete(name, number, request)),
    outbox(registryTableName(), TransitionRequestAnswered, data, context),
  ];
}

async function write(writes: readonly Write[]): Promise<void> {
  try {
    await transactWrite(writes);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw new DomainError('RESOURCE_CONFLICT', 'Somebody else has answered the request meanwhile');
  }
}
