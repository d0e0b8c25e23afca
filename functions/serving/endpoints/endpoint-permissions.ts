import * as z from 'zod/mini';
import { mergeAccess, toWireAccess } from '../../shared/access-control.ts';
import type { OperationContext } from '../../shared/context.ts';
import { notFound } from '../../shared/errors.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { changeSettings } from './change-settings.ts';
import type { Endpoint } from './endpoint.ts';
import { accessControlSchema } from './endpoint-settings.ts';
import { listEndpointRows } from './endpoint-store.ts';
import { PERMISSION_LEVELS, requirePermission } from './require-permission.ts';

const schema = z.object({ access_control_list: z.array(accessControlSchema) });

const DESCRIPTIONS = {
  CAN_VIEW: 'Can see the endpoint',
  CAN_QUERY: 'Can see the endpoint and send requests to it',
  CAN_MANAGE: 'Can change and delete the endpoint',
} as const;

/** Databricks' permissions are asked for by the endpoint's id, not by its name. */
async function endpointById(id: string): Promise<Endpoint> {
  for await (const page of listEndpointRows()) {
    const found = page.find((endpoint) => endpoint.id === id);
    if (found) return found;
  }
  throw notFound(`No endpoint has the id '${id}'`);
}

export async function getPermissionLevels(id: string, { actor }: OperationContext) {
  const endpoint = await endpointById(id);
  requirePermission(endpoint.name, endpoint, actor, 'CAN_VIEW');
  return {
    permission_levels: PERMISSION_LEVELS.map((permission_level) => ({
      permission_level,
      description: DESCRIPTIONS[permission_level],
    })),
  };
}

export async function getPermissions(id: string, { actor }: OperationContext) {
  const endpoint = await endpointById(id);
  requirePermission(endpoint.name, endpoint, actor, 'CAN_VIEW');
  return describe(endpoint);
}

/** Replaces everything that was given before. */
export const setPermissions = (id: string, body: unknown, context: OperationContext) =>
  changePermissions(id, body, { merge: false }, context);

/** Gives to those who are named; what others have stays. */
export const updatePermissions = (id: string, body: unknown, context: OperationContext) =>
  changePermissions(id, body, { merge: true }, context);

async function changePermissions(
  id: string,
  body: unknown,
  { merge }: { readonly merge: boolean },
  context: OperationContext,
) {
  const { access_control_list: given } = parseValue(body, schema);
  const { name } = await endpointById(id);
  const change = ({ accessControl = [] }: Endpoint) => ({
    accessControl: mergeAccess(merge ? accessControl : [], given),
  });
  return describe(await changeSettings(name, change, context));
}

const describe = ({ id, creator, accessControl = [] }: Endpoint) => ({
  object_id: `/serving-endpoints/${id}`,
  object_type: 'serving-endpoint',
  access_control_list: toWireAccess(accessControl, creator),
});
