import type { Key } from '../../shared/dynamo/index.ts';
import type { Evidence } from './evidence.ts';
import type { RolloutStrategy } from './strategy.ts';

/** What an entity on the data path knows of the rollout that it is one of the two arms of. */
export interface RolloutArm {
  readonly rollout: string;
  readonly role: 'candidate' | 'champion';
  /** Percentage of the entity's requests that go to the candidate. */
  readonly share: number;
}

/** A rollout as the endpoint's row has it: what the data path is made from. */
export interface ActiveRollout {
  readonly id: string;
  readonly entity: string;
  readonly model: string;
  readonly from: string;
  readonly to: string;
  readonly share: number;
  /** Number of the configuration that it belongs to; another one ends it. */
  readonly config: number;
  /** `alias`: the alias names `to` already; `request`: somebody asked for it. */
  readonly cause: 'alias' | 'request';
  /** Decided for: `to` is served as soon as the configuration or the alias asks for it. */
  readonly promoted?: true;
}

const ROLLOUT_STATUSES = [
  'RUNNING',
  'WAITING_FOR_APPROVAL',
  'PROMOTED',
  'ABORTED',
  'SUPERSEDED',
] as const;

type RolloutStatus = (typeof ROLLOUT_STATUSES)[number];

/** A version that takes an entity's traffic over step by step. */
export interface Rollout {
  readonly id: string;
  readonly endpoint: string;
  readonly endpointId: string;
  readonly entity: string;
  readonly model: string;
  readonly from: string;
  readonly to: string;
  readonly cause: ActiveRollout['cause'];
  readonly strategy: RolloutStrategy;
  readonly status: RolloutStatus;
  /** Index of the present step in `stepsOf(strategy)`; -1 before the first. */
  readonly step: number;
  readonly share: number;
  readonly requestedBy: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly reason?: string;
  /** Aborted, and this alias may still name `to`: it has to go back to `from`. Null once that is done. */
  readonly aliasToRestore?: string | null;
  readonly evidence: Evidence;
  /** How often evidence was stored: whoever looked beside somebody else looks again. */
  readonly looks: number;
  /** Rows of the log that the evidence holds already, though the index may still have them. */
  readonly counted: readonly Key[];
  readonly correlationId: string;
}

/** The rollout for readers; the evidence is in `describeEvidence`'s words. */
export function describeRollout(rollout: Rollout, evidence: object): Record<string, unknown> {
  const iso = (time: number) => new Date(time).toISOString();
  return {
    id: rollout.id,
    endpoint: rollout.endpoint,
    served_entity_name: rollout.entity,
    model: rollout.model,
    from_version: rollout.from,
    to_version: rollout.to,
    cause: rollout.cause,
    status: rollout.status,
    step: rollout.step,
    percentage: rollout.share,
    strategy: rollout.strategy,
    requested_by: rollout.requestedBy,
    started_at: iso(rollout.startedAt),
    ...(rollout.endedAt !== undefined && { ended_at: iso(rollout.endedAt) }),
    ...(rollout.reason !== undefined && { reason: rollout.reason }),
    analysis: evidence,
  };
}
