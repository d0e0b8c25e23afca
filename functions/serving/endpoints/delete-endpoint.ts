import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed, transactWrite } from '../../shared/dynamo/index.ts';
import { conflict } from '../../shared/errors.ts';
import { outdatedWrites } from '../deployment/outdated.ts';
import { EndpointDeleted } from '../events.ts';
import { supersededWrites } from '../rollout/rollout-writes.ts';
import { bindingsOf } from './endpoint.ts';
import {
  bindingKey,
  endpointKey,
  getConfig,
  getLive,
  liveKey,
  platformTableName,
  servesKey,
} from './endpoint-store.ts';
import { existingEndpoint } from './get-endpoint.ts';
import { requirePermission } from './require-permission.ts';

/**
 * Takes the endpoint off at once, and its rollouts with it. Its inference log, its windows and its configurations stay: they
 * belong to its id, so that a namesake created later starts afresh.
 */
export async function deleteEndpoint(name: string, context: OperationContext): Promise<object> {
  const endpoint = await existingEndpoint(name);
  requirePermission(name, endpoint, context.actor, 'CAN_MANAGE');
  const live = await getLive(name);
  const numbers = new Set([endpoint.target, endpoint.served ?? endpoint.target]);
  const configs = await Promise.all([...numbers].map((number) => getConfig(endpoint, number)));
  const bindings = new Set(configs.flatMap((entry) => (entry ? bindingsOf(entry.config) : [])));
  const versions = new Map(
    (live?.entities ?? []).map((entity) => [
      `${entity.model}#${entity.version}`,
      servesKey(entity.model, entity.version, name),
    ]),
  );
  const table = platformTableName();
  try {
    await transactWrite([
      {
        delete: endpointKey(name),
        table,
        condition: 'revision = :revision',
        values: { ':revision': endpoint.revision },
      },
      { delete: liveKey(name), table },
      ...[...bindings].map((binding) => ({ delete: bindingKey(binding, name), table })),
      ...[...versions.values()].map((row) => ({ delete: row, table })),
      ...outdatedWrites(endpoint, live, undefined, context),
      ...supersededWrites(endpoint, endpoint.rollouts ?? [], context),
      outbox(table, EndpointDeleted, { endpoint: name }, context),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw conflict(`Endpoint '${name}' was changed at the same moment; try again`);
  }
  return {};
}
