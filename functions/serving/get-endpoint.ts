import { notFound } from '../shared/errors.ts';
import { describeConfig, describeEndpoint, type Endpoint } from './endpoint.ts';
import { getConfig, getEndpoint, listConfigs, listEndpointRows } from './endpoint-store.ts';

/** The endpoint, or RESOURCE_DOES_NOT_EXIST. */
export async function existingEndpoint(name: string): Promise<Endpoint> {
  const endpoint = await getEndpoint(name);
  if (!endpoint) throw notFound(`Endpoint '${name}' does not exist`);
  return endpoint;
}

export async function getEndpointDescription(name: string): Promise<Record<string, unknown>> {
  return withConfigs(await existingEndpoint(name));
}

export async function withConfigs(endpoint: Endpoint): Promise<Record<string, unknown>> {
  const { served, target } = endpoint;
  const wanted = await getConfig(endpoint, target);
  const now =
    served === undefined || served === target ? wanted : await getConfig(endpoint, served);
  if (!wanted) throw new Error(`Configuration ${target} of endpoint ${endpoint.name} is missing`);
  return describeEndpoint(endpoint, wanted, served === undefined ? undefined : now);
}

/** Databricks' list is not paged, so all pages are read. */
export async function listEndpoints(): Promise<{ endpoints: Record<string, unknown>[] }> {
  const endpoints: Record<string, unknown>[] = [];
  let startKey: Record<string, unknown> | undefined;
  do {
    const page = await listEndpointRows(startKey);
    endpoints.push(...(await Promise.all(page.items.map(withConfigs))));
    startKey = page.nextKey;
  } while (startKey);
  return { endpoints };
}

/** Every configuration the endpoint ever had, newest first. */
export async function listEndpointConfigs(
  name: string,
): Promise<{ configs: Record<string, unknown>[] }> {
  const endpoint = await existingEndpoint(name);
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
