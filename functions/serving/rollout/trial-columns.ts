import { newId } from '../../shared/ids.ts';
import { hash32 } from '../log-key.ts';
import type { RolloutArm } from './rollout.ts';

/** What the row of a request that was drawn for an arm of a rollout has besides. */
export interface TrialColumns {
  /** Partition of the index by rollout; sharded like the log itself. */
  readonly rollout: string;
  /** ULID of the moment when the row was written. */
  readonly arrival: string;
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
    rollout: requestsPartition(arm.rollout, shard),
    arrival: newId(),
    arm: arm.role,
    share: arm.share,
    ...(failed && { failed }),
    ...(who !== undefined && { unit: hash32(who, 'unit') }),
  };
}

/** What the label of such a request has: it is found by the rollout, and its request by the label. */
export function labelColumns(
  request: Partial<TrialColumns> & { readonly sk: string },
): Record<string, unknown> {
  const { rollout, arm, share, unit, sk } = request;
  if (rollout === undefined) return {};
  const [id = '', shard] = rollout.split('#');
  return {
    rollout: labelsPartition(id, Number(shard)),
    arrival: newId(),
    arm,
    share,
    ...(unit !== undefined && { unit }),
    request: sk,
  };
}
