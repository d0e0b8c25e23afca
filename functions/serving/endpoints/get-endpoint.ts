import type { Actor } from '../../shared/actor.ts';
import type { OperationContext } from '../../shared/context.ts';
import { notFound } from '../../shared/errors.ts';
import { describeConfig, describeEndpoint, type Endpoint } from './endpoint.ts';
import { getConfig, getEndpoint, listConfigs, listEndpointRows } from './endpoint-store.ts';
import { permissionOf, requirePermission } from './require-permission.ts';

/** The endpoint, or RESOURCE_DOES_NOT_EXIST. */
export async function existingEndpoint(name: string): Promise<Endpoint> {
  const endpoint = await getEndpoint(name);
  if (!endpoint) throw notFound(`Endpoint '${name}' does not exist`);
  return endpoint;
}

export async function getEndpointDescription(
  name: string,
  { actor }: OperationContext,
): Promise<Record<string, unknown>> {
  const endpoint = await existingEndpoint(name);
  requirePermission(name, endpoint, actor, 'CAN_VIEW');
  return withConfigs(endpoint, actor);
}

export async function withConfigs(
  endpoint: Endpoint,
  actor: Actor,
): Promise<Record<string, unknown>> {
  const { served, target } = endpoint;
  const wanted = await getConfig(endpoint, target);
  const now =
    served === undefined || served === target ? wanted : await getConfig(endpoint, served);
  if (!wanted) throw new Error(`Configuration ${target} of endpoint ${endpoint.name} is missing`);
  const shown = served === undefined ? undefined : now;
  return describeEndpoint(endpoint, wanted, shown, permissionOf(endpoint, actor));
}

/** The endpoints that the caller may see. Databricks' list is not paged, so all pages are read. */
export async function listEndpoints({
  actor,
}: OperationContext): Promise<{ endpoints: Record<string, unknown>[] }> {
  const endpoints: Record<string, unknown>[] = [];
  for await (const page of listEndpointRows()) {
    const visible = page.filter((endpoint) => permissionOf(endpoint, actor));
    endpoints.push(...(await Promise.all(visible.map((one) => withConfigs(one, actor)))));
  }
  return { endpoints };
}

/** Every configuration the endpoint ever had, newest first. */
export async function listEndpointConfigs(
  name: string,
  { actor }: OperationContext,
): Promise<{ configs: Record<string, unknown>[] }> {
  const endpoint = await existingEndpoint(name);
  requirePermission(name, endpoint, actor, 'CAN_VIEW');
  const configs = await listConfigs(endpoint);
  return {
    configs: configs.map((config) => ({
      ...describeConfig({ ...endpoint, entities: [] }, config),
      created_at: config.createdAt,
      created_by: config.createdBy,
      served: config.number === endpoint.served,
    })),
  };
}
