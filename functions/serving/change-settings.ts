import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, transactWrite } from '../shared/dynamo/index.ts';
import { conflict } from '../shared/errors.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointKey, platformTableName } from './endpoint-store.ts';
import { EndpointSettingsChanged } from './events.ts';
import { existingEndpoint } from './get-endpoint.ts';
import { requirePermission } from './permission.ts';

/** Changes what is said about an endpoint; the data path takes it over by the event. */
export async function changeSettings(
  name: string,
  change: (endpoint: Endpoint) => Partial<Pick<Endpoint, 'tags' | 'settings' | 'accessControl'>>,
  context: OperationContext,
): Promise<Endpoint> {
  const endpoint = await existingEndpoint(name);
  requirePermission(name, endpoint, context.actor, 'CAN_MANAGE');
  const changed = change(endpoint);
  const next: Endpoint = {
    ...endpoint,
    ...changed,
    revision: endpoint.revision + 1,
    updatedAt: context.clock(),
  };
  const table = platformTableName();
  const data = { endpoint: name, changed: Object.keys(changed) };
  try {
    await transactWrite([
      {
        put: { ...endpointKey(name), type: 'endpoint', kind: 'endpoint', ...next },
        table,
        condition: 'revision = :revision',
        values: { ':revision': endpoint.revision },
      },
      outbox(table, EndpointSettingsChanged, data, context),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw conflict(`Endpoint '${name}' was changed at the same moment; try again`);
  }
  return next;
}
