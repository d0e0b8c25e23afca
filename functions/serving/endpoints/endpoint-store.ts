import { getItem, key, queryAll, queryPages } from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';
import type { Endpoint, LiveConfig, NumberedConfig } from './endpoint.ts';
import type { EndpointConfig } from './endpoint-config.ts';

export const platformTableName = () => requiredEnv('PLATFORM_TABLE');

export const endpointKey = (name: string) => ({ pk: key('ENDPOINT', name), sk: 'META' });
export const liveKey = (name: string) => ({ pk: key('ENDPOINT', name), sk: 'LIVE' });
const configKey = (name: string, number: number) => ({
  pk: key('ENDPOINT', name),
  sk: key('CONFIG', String(number).padStart(8, '0')),
});
/** `binding` is `model@alias`. */
export const bindingKey = (binding: string, endpoint: string) => ({
  pk: key('BINDING', binding),
  sk: endpoint,
});
export const servesKey = (model: string, version: string, endpoint: string) => ({
  pk: key('SERVES', model, version),
  sk: endpoint,
});

interface ConfigRow extends NumberedConfig {
  readonly endpointId: string;
}

export const configRow = (
  endpoint: Pick<Endpoint, 'name' | 'id'>,
  number: number,
  config: EndpointConfig,
  by: { at: number; user: string },
) => ({
  ...configKey(endpoint.name, number),
  type: 'endpoint-config',
  endpointId: endpoint.id,
  number,
  config,
  createdAt: by.at,
  createdBy: by.user,
});

export function getEndpoint(name: string): Promise<Endpoint | undefined> {
  return getItem<Endpoint>(platformTableName(), endpointKey(name));
}

export function getLive(name: string): Promise<LiveConfig | undefined> {
  return getItem<LiveConfig>(platformTableName(), liveKey(name));
}

export async function getConfig(
  endpoint: Pick<Endpoint, 'name' | 'id'>,
  number: number,
): Promise<NumberedConfig | undefined> {
  const row = await getItem<ConfigRow>(platformTableName(), configKey(endpoint.name, number));
  return row?.endpointId === endpoint.id ? row : undefined;
}

/** All configurations of the endpoint, newest first; those of a deleted namesake are left out. */
export async function listConfigs(
  endpoint: Pick<Endpoint, 'name' | 'id'>,
): Promise<NumberedConfig[]> {
  const rows = queryAll<ConfigRow>({
    table: platformTableName(),
    condition: 'pk = :pk AND begins_with(sk, :sk)',
    values: { ':pk': key('ENDPOINT', endpoint.name), ':sk': 'CONFIG#' },
    descending: true,
  });
  const configs: NumberedConfig[] = [];
  for await (const row of rows) if (row.endpointId === endpoint.id) configs.push(row);
  return configs;
}

/** Every endpoint, a page of the database at a time. */
export function listEndpointRows(): AsyncGenerator<Endpoint[]> {
  return queryPages<Endpoint>({
    table: platformTableName(),
    index: 'byKind',
    condition: 'kind = :kind',
    values: { ':kind': 'endpoint' },
  });
}

/** Names of the endpoints that follow `model@alias`. */
export function endpointsBoundTo(model: string, alias: string): Promise<string[]> {
  return sortKeys(key('BINDING', `${model}@${alias}`));
}

/** Names of the endpoints that answer requests with this version. */
export function endpointsServing(model: string, version: string): Promise<string[]> {
  return sortKeys(key('SERVES', model, version));
}

async function sortKeys(pk: string): Promise<string[]> {
  const names: string[] = [];
  const rows = queryAll<{ sk: string }>({
    table: platformTableName(),
    condition: 'pk = :pk',
    values: { ':pk': pk },
  });
  for await (const row of rows) names.push(row.sk);
  return names;
}
