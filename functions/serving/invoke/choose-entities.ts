import { DomainError, invalid } from '../../shared/errors.ts';
import type { LiveConfig, LiveEntity } from '../endpoints/endpoint.ts';
import { hash32 } from '../log-key.ts';

/** What decides which entity answers. */
export interface RoutingKeys {
  /** The caller's id of the request, else ours: a repeated request goes the same way. */
  readonly identity: string;
  readonly sticky?: string;
  /** Version forced by the header `slipway-model-version`. */
  readonly version?: string;
}

/** The entity that answers, in proportion to the weights of those that are live. */
export function chooseEntity(live: LiveConfig, keys: RoutingKeys): LiveEntity {
  if (keys.version !== undefined) {
    const forced = live.entities.find(({ version }) => version === keys.version);
    if (forced) return forced;
    const versions = [...new Set(live.entities.map(({ version }) => version))].join(', ');
    throw invalid(`Endpoint '${live.endpoint}' serves versions ${versions}, not ${keys.version}`);
  }
  const total = live.entities.reduce((sum, entity) => sum + entity.weight, 0);
  const point = (hash32(keys.sticky ?? keys.identity, 'route') / 2 ** 32) * total;
  let upTo = 0;
  for (const entity of live.entities) {
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
