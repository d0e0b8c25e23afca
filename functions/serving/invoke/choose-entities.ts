import { DomainError, invalid, notFound } from '../../shared/errors.ts';
import type { LiveConfig, LiveEntity } from '../endpoints/endpoint.ts';
import { hash32 } from '../log-key.ts';

/** What decides which entity answers. */
interface RoutingKeys {
  /** The caller's id of the request, else ours: a repeated request goes the same way. */
  readonly identity: string;
  readonly sticky?: string;
  /** Version forced by the header `slipway-model-version`. */
  readonly version?: string;
  /** Name of the one entity that the path leads to. */
  readonly entity?: string;
}

/** The entities that a request may go to: all, or those of the name that its path has. */
export function entitiesOf(live: LiveConfig, name: string | undefined): readonly LiveEntity[] {
  if (name === undefined) return live.entities;
  const named = live.entities.filter((entity) => entity.name === name);
  if (named.length > 0) return named;
  const names = [...new Set(live.entities.map((entity) => entity.name))].join(', ');
  throw notFound(`Endpoint '${live.endpoint}' serves ${names}, and nothing named '${name}'`);
}

/** The entity that answers, in proportion to the weights of those that are live. */
export function chooseEntity(live: LiveConfig, keys: RoutingKeys): LiveEntity {
  const entities = entitiesOf(live, keys.entity);
  if (keys.version !== undefined) {
    const forced = entities.find(({ version }) => version === keys.version);
    if (forced) return forced;
    const versions = [...new Set(entities.map(({ version }) => version))].join(', ');
    throw invalid(`Endpoint '${live.endpoint}' serves versions ${versions}, not ${keys.version}`);
  }
  const total = entities.reduce((sum, entity) => sum + entity.weight, 0);
  const [first] = entities;
  // It takes no traffic of its own: whoever names it asks for it.
  if (keys.entity !== undefined && total === 0 && first) return first;
  const point = (hash32(keys.sticky ?? keys.identity, 'route') / 2 ** 32) * total;
  let upTo = 0;
  for (const entity of entities) {
    upTo += entity.weight;
    if (point < upTo) return entity;
  }
  throw new DomainError('TEMPORARILY_UNAVAILABLE', `No entity of '${live.endpoint}' takes traffic`);
}

/** The entities that score this request for the log only. */
export function chooseMirrors(
  live: LiveConfig,
  answering: LiveEntity,
  identity: string,
): LiveEntity[] {
  return live.entities.filter(
    (entity) =>
      entity !== answering &&
      entity.mirror > 0 &&
      (hash32(identity, `mirror/${entity.name}`) / 2 ** 32) * 100 < entity.mirror,
  );
}
