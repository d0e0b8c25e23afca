import { type Approval, answersOf, findPendingPromotion } from '../../approvals/index.ts';
import type { Actor } from '../../shared/actor.ts';
import type { RegisteredModel } from '../models/registered-model.ts';
import { hasLevel, levelOfMove } from '../permissions.ts';
import type { ModelVersion } from '../versions/model-version.ts';
import type { Stage } from '../versions/stages.ts';
import type { Activity, TransitionRequest } from './activity.ts';
import { listRequests } from './workspace-store.ts';

/** The stage that stands for "champion" in Databricks' workspace registry. */
export const CHAMPION_STAGE: Stage = 'Production';

/** A wish that nobody has answered, as the activity by which it was made. */
interface OpenRequest {
  readonly request: Activity & { readonly to_stage: Stage };
  /** Of a promotion that waits for people. */
  readonly approval?: Approval;
}

/** What of a version can be asked for, and from where. */
type Asked = Pick<ModelVersion, 'name' | 'version' | 'current_stage' | 'creation_timestamp'>;

/** Requests of a version that nobody has answered, those of waiting promotions among them. */
export async function openRequests(version: Asked): Promise<OpenRequest[]> {
  const { name, version: number, current_stage: from, creation_timestamp: registered } = version;
  const [requests, approval] = await Promise.all([
    listRequests(name, number),
    findPendingPromotion(name, String(number), registered),
  ]);
  const asked = requests.map((request) => ({ request: asActivity(request, from) }));
  return approval ? [...asked, { request: ofPromotion(approval, from), approval }] : asked;
}

/**
 * A request as clients see it. Older rows have no id: theirs is made of the stage and the user, which no two
 * requests of a version share.
 */
export function asActivity(request: TransitionRequest, from: Stage): OpenRequest['request'] {
  const { to_stage, user_id, comment, creation_timestamp } = request;
  return {
    id: request.id ?? `${to_stage}/${user_id}`,
    activity_type: 'REQUESTED_TRANSITION',
    user_id,
    comment,
    from_stage: request.from_stage ?? from,
    to_stage,
    creation_timestamp,
    last_updated_timestamp: creation_timestamp,
  };
}

function ofPromotion(approval: Approval, from: Stage): OpenRequest['request'] {
  const asked = Date.parse(approval.requested_at);
  return {
    id: approval.id,
    activity_type: 'REQUESTED_TRANSITION',
    user_id: approval.requested_by,
    comment: approval.evidence,
    from_stage: from,
    to_stage: CHAMPION_STAGE,
    creation_timestamp: asked,
    last_updated_timestamp: asked,
  };
}

const ACTIONS = {
  approve: 'APPROVE_TRANSITION_REQUEST',
  deny: 'REJECT_TRANSITION_REQUEST',
} as const;

/** What somebody may do about a request. */
export function availableActions(
  { request, approval }: OpenRequest,
  model: RegisteredModel,
  from: Stage,
  actor: Actor,
): string[] {
  // Who may answer for a promotion is for its policy to say; nobody takes that back by a request.
  if (approval) return answersOf(approval, actor).map((answer) => ACTIONS[answer]);
  const may = hasLevel(model, actor, levelOfMove(from, request.to_stage));
  const own = request.user_id === actor.user;
  return [
    ...(may ? Object.values(ACTIONS) : []),
    ...(own || may ? ['CANCEL_TRANSITION_REQUEST'] : []),
  ];
}
