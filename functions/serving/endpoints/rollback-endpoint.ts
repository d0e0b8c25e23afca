import * as z from 'zod/mini';
import type { OperationContext } from '../../shared/context.ts';
import { conflict, notFound } from '../../shared/errors.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { EndpointRolledBack } from '../events.ts';
import { changeConfig } from './change-config.ts';
import { checkVersionsExist } from './check-versions.ts';
import type { Endpoint } from './endpoint.ts';
import { getConfig } from './endpoint-store.ts';
import { aliasOf } from './entity-version.ts';
import { existingEndpoint, withConfigs } from './get-endpoint.ts';
import { requirePermission } from './require-permission.ts';

const rollbackSchema = z.strictObject({
  config_version: z.optional(z.int().check(z.minimum(1))),
  /** For those who read the event. */
  reason: z.optional(z.string().check(z.minLength(1), z.maxLength(1000))),
});

/** Serves an earlier configuration again, by default the one served last; it gets a new number. */
export async function rollbackEndpoint(
  name: string,
  body: unknown,
  context: OperationContext,
): Promise<Record<string, unknown>> {
  const { config_version, reason } = parseValue(body, rollbackSchema);
  const endpoint = await existingEndpoint(name);
  requirePermission(name, endpoint, context.actor, 'CAN_MANAGE');
  const to = config_version ?? lastServed(endpoint);
  if (to < 1) {
    const follows = endpoint.entities.find(({ wanted }) => aliasOf(wanted) !== undefined);
    const hint = follows ? `: move the alias ${follows.wanted} of '${follows.model}' back` : '';
    throw conflict(`Endpoint '${name}' has no earlier configuration${hint}`);
  }
  const former = await getConfig(endpoint, to);
  if (!former) throw notFound(`Endpoint '${name}' has no configuration ${to}`);
  await checkVersionsExist(former.config);
  const next = await changeConfig(
    endpoint,
    former.config,
    {
      definition: EndpointRolledBack,
      data: (config) => ({
        endpoint: name,
        config,
        from: endpoint.target,
        to,
        ...(reason !== undefined && { reason }),
      }),
    },
    context,
  );
  return withConfigs(next, context.actor);
}

/** What an update that is under way or failed has not taken the place of, else what was served before. */
function lastServed({ target, served, servedBefore }: Endpoint): number {
  return (served === target ? servedBefore : served) ?? target - 1;
}
