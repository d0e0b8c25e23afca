import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, type Write } from '../../shared/dynamo/index.ts';
import type { EntityState } from '../endpoints/endpoint.ts';
import { type RolloutInPlace, rolloutInPlace } from './find-rollout.ts';
import type { ActiveRollout } from './rollout.ts';
import { type About, aboutRollout, type RolloutChanges, saveChange } from './rollout-store.ts';

interface RolloutChange {
  /** What changes of the endpoint's note; `null` takes it off. */
  readonly active: Partial<ActiveRollout> | null;
  /** What becomes of the entity that it is for. */
  readonly state?: Partial<EntityState>;
  readonly rollout: RolloutChanges;
  /** The write of the event that tells of it. */
  readonly announce: (about: About) => Write;
}

/**
 * Changes endpoint and rollout in one transaction, again if another change came first. Answers what
 * was there before, or undefined when the rollout is over.
 */
export async function changeRollout(
  endpointName: string,
  id: string,
  context: OperationContext,
  decide: (found: RolloutInPlace) => RolloutChange | undefined,
): Promise<RolloutInPlace | undefined> {
  return retryChanged(async () => {
    const found = await rolloutInPlace(endpointName, id);
    const change = found && decide(found);
    if (!found || !change) return found;
    const { endpoint, active } = found;
    const rollouts = (endpoint.rollouts ?? []).flatMap((one) => {
      if (one.id !== id) return one;
      return change.active ? { ...one, ...change.active } : [];
    });
    const entities = endpoint.entities.map((state) =>
      state.name === active.entity ? { ...state, ...change.state } : state,
    );
    await saveChange(endpoint, {
      endpoint: { rollouts, entities, updatedAt: context.clock() },
      rollout: { id, ...change.rollout },
      announcement: change.announce(aboutRollout(endpointName, active)),
    });
    return found;
  });
}
