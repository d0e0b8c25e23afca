import type { EventDefinition } from '../../events/define.ts';
import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed, transactWrite } from '../../shared/dynamo/index.ts';
import { conflict } from '../../shared/errors.ts';
import { logGranularity } from '../log-key.ts';
import { bindingsOf, type Endpoint } from './endpoint.ts';
import type { EndpointConfig } from './endpoint-config.ts';
import { bindingKey, configRow, endpointKey, platformTableName } from './endpoint-store.ts';

/**
 * Makes `config` the wanted configuration under the next number. What is served stays until the
 * consumer of the event has prepared the new one. A pending configuration is superseded.
 */
export async function changeConfig<T>(
  endpoint: Endpoint,
  config: EndpointConfig,
  event: { definition: EventDefinition<T>; data: (number: number) => T },
  context: OperationContext,
): Promise<Endpoint> {
  const now = context.clock();
  const number = endpoint.lastConfig + 1;
  const next: Endpoint = {
    ...endpoint,
    revision: endpoint.revision + 1,
    lastConfig: number,
    target: number,
    targetSince: now,
    updatedAt: now,
    entities: endpoint.entities.filter((entity) => entity.state !== 'FAILED'),
    granularities: [...new Set([...endpoint.granularities, logGranularity(config.monitor)])],
  };
  const table = platformTableName();
  try {
    await transactWrite([
      {
        put: { ...endpointKey(endpoint.name), type: 'endpoint', kind: 'endpoint', ...next },
        table,
        condition: 'revision = :revision',
        values: { ':revision': endpoint.revision },
      },
      { put: configRow(endpoint, number, config, { at: now, user: context.actor.user }), table },
      ...bindingsOf(config).map((binding) => ({
        put: { ...bindingKey(binding, endpoint.name), type: 'binding' },
        table,
      })),
      outbox(table, event.definition, event.data(number), context),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw conflict(`Endpoint '${endpoint.name}' was changed at the same moment; try again`);
  }
  return next;
}
