import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import type { Write } from '../../shared/dynamo/index.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { platformTableName } from '../endpoints/endpoint-store.ts';
import { RolloutStarted, RolloutSuperseded } from './events.ts';
import { noEvidence } from './evidence.ts';
import type { ActiveRollout, Rollout } from './rollout.ts';
import { aboutRollout, rolloutPut, rolloutUpdate } from './rollout-store.ts';
import type { RolloutStrategy } from './strategy.ts';

/** The rows and the event of a rollout that begins. */
export function startWrites(
  endpoint: Endpoint,
  active: ActiveRollout,
  strategy: RolloutStrategy,
  context: OperationContext,
): Write[] {
  const { id, entity, model, from, to, cause } = active;
  const rollout: Rollout = {
    id,
    entity,
    model,
    from,
    to,
    cause,
    strategy,
    endpoint: endpoint.name,
    endpointId: endpoint.id,
    status: 'RUNNING',
    step: -1,
    share: 0,
    requestedBy: context.actor.user,
    startedAt: context.clock(),
    evidence: noEvidence,
    looks: 0,
    counted: [],
    correlationId: context.correlationId,
  };
  const data = { ...aboutRollout(endpoint.name, active), strategy: strategy.strategy, cause };
  return [rolloutPut(rollout), outbox(platformTableName(), RolloutStarted, data, context)];
}

/** Rollouts that what is wanted now has no place for; one that was decided for has its own end. */
export function supersededWrites(
  endpoint: Endpoint,
  gone: readonly ActiveRollout[],
  context: OperationContext,
): Write[] {
  const table = platformTableName();
  return gone
    .filter(({ promoted }) => !promoted)
    .flatMap((active) => [
      rolloutUpdate(endpoint.name, active.id, {
        status: 'SUPERSEDED',
        share: 0,
        endedAt: context.clock(),
      }),
      outbox(table, RolloutSuperseded, aboutRollout(endpoint.name, active), context),
    ]);
}
