import { artifactLocation } from '../artifacts/index.ts';
import { getModelVersion, getVersionByAlias, locationOf } from '../registry/index.ts';
import { DomainError } from '../shared/errors.ts';
import type { Endpoint, EntityState, LiveConfig, LiveEntity, NumberedConfig } from './endpoint.ts';
import type { ServedEntity } from './endpoint-config.ts';
import { aliasOf } from './entity-version.ts';
import { prepareVersion } from './scorer-store.ts';

/** What serving a configuration would mean at this moment. */
export interface Plan {
  readonly number: number;
  /** False: an entity with traffic cannot answer, so what is served now has to stay. */
  readonly servable: boolean;
  readonly states: readonly EntityState[];
  readonly live: readonly LiveEntity[];
}

interface PlannedEntity {
  readonly state: EntityState;
  readonly live?: LiveEntity;
}

/** Resolves every entity of the configuration, and prepares the versions that are not live yet. */
export async function planConfig(
  endpoint: Endpoint,
  { number, config }: NumberedConfig,
  live: LiveConfig | undefined,
): Promise<Plan> {
  const planned = await Promise.all(
    config.served_entities.map((entity) => {
      const shares = {
        weight: config.routes[entity.name] ?? 0,
        mirror: config.mirror[entity.name] ?? 0,
      };
      const former = live?.entities.find(
        ({ name, model }) => name === entity.name && model === entity.entity_name,
      );
      return planEntity(entity, shares, former, number === endpoint.served);
    }),
  );
  const routed = planned.filter(({ state }) => (config.routes[state.name] ?? 0) > 0);
  return {
    number,
    servable:
      routed.some((entity) => entity.live) &&
      routed.every((entity) => entity.live || entity.state.state === 'WAITING'),
    states: planned.map((entity) => entity.state),
    live: planned.flatMap((entity) => entity.live ?? []),
  };
}

async function planEntity(
  entity: ServedEntity,
  shares: { weight: number; mirror: number },
  former: LiveEntity | undefined,
  mayKeep: boolean,
): Promise<PlannedEntity> {
  const { name, entity_name: model, entity_version: wanted } = entity;
  const base = { name, model, wanted };
  const kept = former && { ...former, ...shares };
  const alias = aliasOf(wanted);
  const version = alias === undefined ? wanted : await getVersionByAlias(model, alias);
  if (version === undefined) {
    const message = `Alias ${wanted} of model '${model}' does not exist`;
    if (!kept || shares.weight === 0) {
      return { state: { ...base, state: 'WAITING', message: `${message}; waiting for it.` } };
    }
    return {
      state: {
        ...base,
        state: 'STALE',
        version: kept.version,
        message: `${message}; version ${kept.version} goes on.`,
      },
      live: kept,
    };
  }
  if (kept?.version === version) return { state: { ...base, state: 'READY', version }, live: kept };

  const prepared = await prepareEntity(model, version);
  if ('message' in prepared) {
    const message = `Version ${version} of model '${model}' cannot be served: ${prepared.message}`;
    const failed = { ...base, state: 'FAILED' as const, message, failedVersion: version };
    return kept && mayKeep
      ? { state: { ...failed, version: kept.version }, live: kept }
      : { state: failed };
  }
  return {
    state: { ...base, state: 'READY', version },
    live: { name, model, version, ...prepared, ...shares },
  };
}

async function prepareEntity(
  model: string,
  version: string,
): Promise<Pick<LiveEntity, 'location' | 'runId'> | { message: string }> {
  const registered = await getModelVersion(model, version);
  if (!registered) return { message: 'it does not exist' };
  let location: LiveEntity['location'];
  try {
    location = await artifactLocation(locationOf(registered));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { message: error.message };
  }
  const message = await prepareVersion({ model, version, location });
  if (message !== undefined) return { message };
  return { location, ...(registered.run_id && { runId: registered.run_id }) };
}
