import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite } from '../../shared/dynamo/index.ts';
import { EndpointSettingsChanged } from '../events.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointKey, platformTableName } from './endpoint-store.ts';
import { existingEndpoint } from './get-endpoint.ts';
import { requirePermission } from './require-permission.ts';

/** Characters of values that an event carries: the bus takes 256 KB. Longer ones it only names. */
const MAX_VALUES_LENGTH = 50_000;

/**
 * Changes what is said about an endpoint; the data path takes it over by the event. What is changed at
 * the same moment, as by a switch of its versions, is no business of the caller's: it is tried again.
 */
export function changeSettings(
  name: string,
  change: (endpoint: Endpoint) => Partial<Pick<Endpoint, 'tags' | 'settings' | 'accessControl'>>,
  context: OperationContext,
): Promise<Endpoint> {
  return retryChanged(() => tryToChange(name, change, context));
}

async function tryToChange(
  name: string,
  change: Parameters<typeof changeSettings>[1],
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
  const data = { endpoint: name, changed: Object.keys(changed), ...valuesOf(endpoint, changed) };
  await transactWrite([
    {
      put: { ...endpointKey(name), type: 'endpoint', kind: 'endpoint', ...next },
      table,
      condition: 'revision = :revision',
      values: { ':revision': endpoint.revision },
    },
    outbox(table, EndpointSettingsChanged, data, context),
  ]);
  return next;
}

function valuesOf(former: Endpoint, changed: Partial<Endpoint>) {
  const names = Object.keys(changed) as (keyof Endpoint)[];
  const valuesIn = (endpoint: Partial<Endpoint>) =>
    Object.fromEntries(names.map((name) => [name, endpoint[name] ?? null]));
  const values = { values: valuesIn(changed), previous_values: valuesIn(former) };
  return JSON.stringify(values).length <= MAX_VALUES_LENGTH ? values : {};
}
