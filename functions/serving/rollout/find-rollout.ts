import { notFound } from '../../shared/errors.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { getEndpoint } from '../endpoints/endpoint-store.ts';
import type { ActiveRollout, Rollout } from './rollout.ts';
import { getRollout } from './rollout-store.ts';

export interface RolloutInPlace {
  readonly endpoint: Endpoint;
  readonly rollout: Rollout;
  readonly active: ActiveRollout;
}

/** The rollout with the endpoint that it changes; undefined once it is over. */
export async function rolloutInPlace(
  name: string,
  id: string,
): Promise<RolloutInPlace | undefined> {
  const [endpoint, rollout] = await Promise.all([getEndpoint(name), getRollout(name, id)]);
  const active = endpoint?.rollouts?.find((one) => one.id === id);
  return endpoint && rollout && active ? { endpoint, rollout, active } : undefined;
}

/** The rollout, or RESOURCE_DOES_NOT_EXIST. */
export async function existingRollout(
  endpoint: Pick<Endpoint, 'name' | 'id'>,
  id: string,
): Promise<Rollout> {
  const rollout = await getRollout(endpoint.name, id);
  if (rollout?.endpointId !== endpoint.id) {
    throw notFound(`Endpoint '${endpoint.name}' has no rollout ${id}`);
  }
  return rollout;
}
