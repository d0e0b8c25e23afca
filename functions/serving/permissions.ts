import * as z from 'zod/mini';
import type { OperationContext } from '../shared/context.ts';
import { notFound } from '../shared/errors.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { changeSettings } from './change-settings.ts';
import type { Endpoint } from './endpoint.ts';
import { type AccessControl, accessControlSchema, PERMISSION_LEVELS } from './endpoint-settings.ts';
import { listEndpointRows } from './endpoint-store.ts';
import { requirePermission } from './permission.ts';

const schema = z.object({
  access_control_list: z.array(accessControlSchema).check(z.maxLength(100)),
});

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
export async function setPermissions(id: string, body: unknown, context: OperationContext) {
  const { access_control_list } = parseValue(body, schema);
  const { name } = await endpointById(id);
  return describe(
    await changeSettings(name, () => ({ accessControl: access_control_list }), context),
  );
}

/** Gives to those who are named; what others have stays. */
export async function updatePermissions(id: string, body: unknown, context: OperationContext) {
  const { access_control_list } = parseValue(body, schema);
  const { name } = await endpointById(id);
  const change = ({ accessControl = [] }: Endpoint) => ({
    accessControl: [
      ...accessControl.filter((old) => !access_control_list.some((given) => sameOne(old, given))),
      ...access_control_list,
    ],
  });
  return describe(await changeSettings(name, change, context));
}

const sameOne = (a: AccessControl, b: AccessControl) =>
  a.user_name === b.user_name &&
  a.group_name === b.group_name &&
  a.service_principal_name === b.service_principal_name;

function describe({ id, creator, accessControl = [] }: Endpoint) {
  const always: AccessControl[] = [
    { user_name: creator, permission_level: 'CAN_MANAGE' },
    { group_name: 'admins', permission_level: 'CAN_MANAGE' },
  ];
  const shown = (entries: readonly AccessControl[], inherited: boolean) =>
    entries.map(({ permission_level, ...who }) => ({
      ...who,
      all_permissions: [{ permission_level, inherited }],
    }));
  return {
    object_id: `/serving-endpoints/${id}`,
    object_type: 'serving-endpoint',
    access_control_list: [...shown(always, true), ...shown(accessControl, false)],
  };
}
