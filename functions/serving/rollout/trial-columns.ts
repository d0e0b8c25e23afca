import { newId } from '../../shared/ids.ts';
import { hash32 } from '../log-key.ts';
import type { RolloutArm } from './rollout.ts';

/** What puts a row into the index by rollout, until it is counted. */
interface ArrivalColumns {
  /** Partition of the index; sharded like the log itself. */
  readonly rollout: string;
  /** ULID of the moment when the row was made: a name of its own, and about the order of arrival. */
  readonly arrival: string;
}

/** What the row of a request that was drawn for an arm of a rollout has besides. */
export interface TrialColumns extends ArrivalColumns {
  /** `<rollout>#<shard>`: stays when the request is counted, for the labels that come later. */
  readonly trial: string;
  readonly arm: RolloutArm['role'];
  readonly share: number;
  /** The arm did not answer. */
  readonly failed?: true;
  /** Hash of the sticky key, or of the caller's id: requests with one of them are not independent. */
  readonly unit?: number;
}

export const requestsPartition = (rollout: string, shard: number): string => `${rollout}#${shard}`;
export const labelsPartition = (rollout: string, shard: number): string =>
  `${rollout}#labels#${shard}`;

export function trialColumns(
  trial: { readonly arm: RolloutArm; readonly failed: boolean; readonly sticky?: string },
  clientRequestId: string | undefined,
  shard: number,
): TrialColumns {
  const { arm, failed, sticky } = trial;
  const who = sticky ?? clientRequestId;
  return {
    trial: `${arm.rollout}#${shard}`,
    rollout: requestsPartition(arm.rollout, shard),
    arrival: newId(),
    arm: arm.role,
    share: arm.share,
    ...(failed && { failed }),
    ...(who !== undefined && { unit: hash32(who, 'unit') }),
  };
}

/**
 * What the label of such a request has when it first comes: it is found by the rollout, and its request
 * by the label.
 */
export function labelColumns(
  request: Partial<TrialColumns> & { readonly sk: string },
): Record<string, unknown> {
  const { trial, arm, share, unit, sk } = request;
  if (trial === undefined) return {};
  const [id = '', shard] = trial.split('#');
  return {
    rollout: labelsPartition(id, Number(shard)),
    arrival: newId(),
    arm,
    share,
    ...(unit !== undefined && { unit }),
    request: sk,
  };
}
