import type { ActiveRollout } from '../rollout/rollout.ts';
import type { Endpoint, EntityState, LiveConfig, LiveEntity, NumberedConfig } from './endpoint.ts';
import { planEntity } from './plan-entity.ts';
import type { Preparing } from './prepare-entity.ts';

/** What serving a configuration would mean at this moment. */
export interface Plan {
  readonly number: number;
  /** False: an entity with traffic cannot answer, so what is served now has to stay. */
  readonly servable: boolean;
  readonly states: readonly EntityState[];
  readonly live: readonly LiveEntity[];
  /** Rollouts that go on, and those that this plan begins. */
  readonly rollouts: readonly ActiveRollout[];
}

/** Resolves every entity of the configuration, and prepares the versions that are not live yet. */
export async function planConfig(
  endpoint: Endpoint,
  numbered: NumberedConfig,
  live: LiveConfig | undefined,
  preparing: Preparing,
): Promise<Plan> {
  const { number, config } = numbered;
  const planned = await Promise.all(
    config.served_entities.map((entity) =>
      planEntity({ endpoint, numbered, entity, live, preparing }),
    ),
  );
  const routed = planned.filter(({ state }) => (config.routes[state.name] ?? 0) > 0);
  return {
    number,
    servable:
      routed.some((entity) => entity.live) &&
      routed.every((entity) => entity.live || entity.state.state === 'WAITING'),
    states: planned.map((entity) => entity.state),
    live: planned.flatMap(({ live, candidate, rollout }) => arms(live, candidate, rollout)),
    rollouts: planned.flatMap(({ rollout }) => rollout ?? []),
  };
}

/** The candidate comes first: as its share grows, callers move to it and none moves back. */
function arms(
  live: LiveEntity | undefined,
  candidate: LiveEntity | undefined,
  rollout: ActiveRollout | undefined,
): LiveEntity[] {
  if (!live) return [];
  if (!rollout || !candidate) return [live];
  const { id, share } = rollout;
  const arm = { rollout: id, share };
  return [
    {
      ...candidate,
      weight: (live.weight * share) / 100,
      mirror: 0,
      arm: { ...arm, role: 'candidate' },
    },
    { ...live, weight: (live.weight * (100 - share)) / 100, arm: { ...arm, role: 'champion' } },
  ];
}
