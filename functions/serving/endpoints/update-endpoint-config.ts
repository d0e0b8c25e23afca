import type { OperationContext } from '../../shared/context.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { EndpointConfigChanged } from '../events.ts';
import { changeConfig } from './change-config.ts';
import { checkVersionsExist } from './check-versions.ts';
import { configSchema, toEndpointConfig } from './endpoint-config.ts';
import { getConfig } from './endpoint-store.ts';
import { existingEndpoint, withConfigs } from './get-endpoint.ts';
import { requirePermission } from './require-permission.ts';

/**
 * Replaces the entities and the traffic. `monitor`, `inference_log` and `traffic_config.rollout` are kept when
 * the body does not name them (the databricks-sdk cannot), and removed by `null`.
 */
export async function updateEndpointConfig(
  name: string,
  body: unknown,
  context: OperationContext,
): Promise<Record<string, unknown>> {
  const endpoint = await existingEndpoint(name);
  requirePermission(name, endpoint, context.actor, 'CAN_MANAGE');
  const { monitor, inference_log: log, traffic_config: traffic } = parseValue(body, configSchema);
  const wanted = toEndpointConfig(body);
  await checkVersionsExist(wanted);
  const present = await getConfig(endpoint, endpoint.target);
  const { monitor: given, inference_log: policy, rollout: strategy, ...rest } = wanted;
  const kept = monitor === undefined && present ? present.config.monitor : given;
  const inference_log = log === undefined ? present?.config.inference_log : policy;
  const rollout = traffic?.rollout === undefined ? present?.config.rollout : strategy;
  const next = await changeConfig(
    endpoint,
    {
      ...rest,
      ...(kept && { monitor: kept }),
      ...(inference_log && { inference_log }),
      ...(rollout && { rollout }),
    },
    {
      definition: EndpointConfigChanged,
      data: (config) => ({ endpoint: name, config, previous: endpoint.target }),
    },
    context,
  );
  return withConfigs(next, context.actor);
}
