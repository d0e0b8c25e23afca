import type { OperationContext } from '../../shared/context.ts';
import { getRegisteredModel } from '../models/get-registered-model.ts';
import { getModel } from '../models/model-store.ts';
import { permissionLevel, requireLevel } from '../permissions.ts';
import { toWireVersion, versionNumber } from '../versions/model-version.ts';
import { getVersion } from '../versions/version-store.ts';
import { openRequests } from './open-requests.ts';

/** A model as Databricks shows it: with its id, and what the caller may do with it. */
export async function describeDatabricksModel(
  input: { readonly name: string },
  context: OperationContext,
): Promise<object> {
  const model = await getModel(input.name);
  requireLevel(model, context.actor, 'CAN_READ');
  return {
    ...(await getRegisteredModel(input)),
    id: model.id ?? model.name,
    permission_level: permissionLevel(model, context.actor),
  };
}

/** A version as Databricks shows it: with open requests, and what the caller may do with it. */
export async function describeDatabricksVersion(
  input: { readonly name: string; readonly version: string },
  context: OperationContext,
): Promise<object> {
  const [model, version] = await Promise.all([
    getModel(input.name),
    getVersion(input.name, versionNumber(input.version)),
  ]);
  return {
    ...toWireVersion(version),
    permission_level: permissionLevel(model, context.actor),
    open_requests: (await openRequests(version)).map(({ request }) => request),
  };
}
