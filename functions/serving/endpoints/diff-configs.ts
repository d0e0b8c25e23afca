import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import type { OperationContext } from '../../shared/context.ts';
import { invalid, notFound } from '../../shared/errors.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import type { EndpointConfig } from './endpoint-config.ts';
import { getConfig } from './endpoint-store.ts';
import { existingEndpoint } from './get-endpoint.ts';
import { requirePermission } from './require-permission.ts';

const number = z.optional(z.pipe(z.coerce.number(), z.int().check(z.minimum(1))));
const querySchema = z.strictObject({ from: number, to: number });

interface ConfigChange {
  /** Dotted; a served entity stands under its name. */
  readonly path: string;
  /** `null`: it is not there. */
  readonly before: unknown;
  readonly after: unknown;
}

/** What differs between two configurations, by default the wanted one and the one before. */
export async function diffEndpointConfigs(
  name: string,
  query: unknown,
  { actor }: OperationContext,
): Promise<{ endpoint: string; from: number; to: number; changes: ConfigChange[] }> {
  const given = parseValue(query, querySchema);
  const endpoint = await existingEndpoint(name);
  requirePermission(name, endpoint, actor, 'CAN_VIEW');
  const to = given.to ?? endpoint.target;
  const from = given.from ?? to - 1;
  if (from < 1) throw invalid(`Configuration ${to} is the first of endpoint '${name}'; say from`);
  const [before, after] = await Promise.all(
    [from, to].map(async (one) => {
      const found = await getConfig(endpoint, one);
      if (!found) throw notFound(`Endpoint '${name}' has no configuration ${one}`);
      return found.config;
    }),
  );
  return { endpoint: name, from, to, changes: before && after ? changesOf(before, after) : [] };
}

/** The values that differ, in the order of their paths. */
export function changesOf(before: EndpointConfig, after: EndpointConfig): ConfigChange[] {
  const [old, present] = [leavesOf(before), leavesOf(after)];
  return [...new Set([...old.keys(), ...present.keys()])]
    .map((path) => ({ path, before: old.get(path) ?? null, after: present.get(path) ?? null }))
    .filter((change) => !isDeepStrictEqual(change.before, change.after))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function leavesOf({ served_entities, ...rest }: EndpointConfig): Map<string, unknown> {
  const byName = Object.fromEntries(served_entities.map(({ name, ...one }) => [name, one]));
  const leaves = new Map<string, unknown>();
  const collect = (path: string, value: unknown): void => {
    // Lists are few and short: they change as a whole.
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      leaves.set(path, value);
      return;
    }
    for (const [name, part] of Object.entries(value)) collect(`${path}.${name}`, part);
  };
  for (const [name, part] of Object.entries({ served_entities: byName, ...rest })) {
    collect(name, part);
  }
  return leaves;
}
