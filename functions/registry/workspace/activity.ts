import type { OperationContext } from '../../shared/context.ts';
import { newId } from '../../shared/ids.ts';
import type { Stage } from '../versions/stages.ts';

type ActivityType =
  | 'APPLIED_TRANSITION'
  | 'REQUESTED_TRANSITION'
  | 'CANCELLED_REQUEST'
  | 'APPROVED_REQUEST'
  | 'REJECTED_REQUEST'
  | 'SYSTEM_TRANSITION'
  | 'NEW_COMMENT';

/** What somebody did with a version, as Databricks shows it. */
export interface Activity {
  readonly id: string;
  readonly activity_type: ActivityType;
  readonly user_id: string;
  readonly comment?: string | undefined;
  readonly system_comment?: string | undefined;
  readonly from_stage?: Stage | undefined;
  readonly to_stage?: Stage | undefined;
  /** Epoch milliseconds. */
  readonly creation_timestamp: number;
  readonly last_updated_timestamp: number;
}

export function anActivity(
  activity_type: ActivityType,
  more: Pick<Activity, 'comment' | 'system_comment' | 'from_stage' | 'to_stage'>,
  context: OperationContext,
): Activity {
  const now = context.clock();
  return {
    id: newId(),
    activity_type,
    user_id: context.actor.user,
    ...more,
    creation_timestamp: now,
    last_updated_timestamp: now,
  };
}

/** A request to move a version to a stage. */
export interface TransitionRequest {
  /** Id of the activity that made the request; older rows have none. */
  readonly id?: string;
  /** Where the version was then; older rows do not say. */
  readonly from_stage?: Stage;
  readonly to_stage: Stage;
  readonly user_id: string;
  readonly comment?: string | undefined;
  readonly creation_timestamp: number;
}

/** A remark about a version. */
export interface Comment {
  readonly id: string;
  readonly user_id: string;
  readonly comment: string;
  readonly creation_timestamp: number;
  readonly last_updated_timestamp: number;
}
