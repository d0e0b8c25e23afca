import { type AccessControl as Access, highestGiven } from '../shared/access-control.ts';
import { type Actor, PROGRAMS } from '../shared/actor.ts';
import { DomainError } from '../shared/errors.ts';
import { getModel } from './models/model-store.ts';
import type { RegisteredModel } from './models/registered-model.ts';
import type { Stage } from './versions/stages.ts';

/** Levels of Databricks' registry; each includes those before it. */
export const PERMISSION_LEVELS = [
  'CAN_READ',
  'CAN_EDIT',
  'CAN_MANAGE_STAGING_VERSIONS',
  'CAN_MANAGE_PRODUCTION_VERSIONS',
  'CAN_MANAGE',
] as const;

export type PermissionLevel = (typeof PERMISSION_LEVELS)[number];

export type AccessControl = Access<PermissionLevel>;

const rank = (level: PermissionLevel | undefined) =>
  level === undefined ? -1 : PERMISSION_LEVELS.indexOf(level);

/**
 * The highest level that an actor has. Admins and the owner have CAN_MANAGE, others what the model's list gives
 * them; everybody has it on a model without a list, as in MLflow. A program has CAN_EDIT at most.
 */
export function permissionLevel(
  model: Pick<RegisteredModel, 'acl' | 'user_id' | 'owner'>,
  actor: Actor,
): PermissionLevel | undefined {
  const level = givenLevel(model, actor);
  return actor.groups.includes(PROGRAMS) && rank(level) > rank('CAN_EDIT') ? 'CAN_EDIT' : level;
}

function givenLevel(
  model: Pick<RegisteredModel, 'acl' | 'user_id' | 'owner'>,
  actor: Actor,
): PermissionLevel | undefined {
  const { acl, user_id, owner = user_id } = model;
  if (!acl || actor.groups.includes('admins') || actor.user === owner) return 'CAN_MANAGE';
  return highestGiven(acl, actor, PERMISSION_LEVELS);
}

/** Whether the actor has a level or more. */
export const hasLevel = (
  model: Pick<RegisteredModel, 'acl' | 'user_id' | 'owner'>,
  actor: Actor,
  level: PermissionLevel,
): boolean => rank(permissionLevel(model, actor)) >= rank(level);

/** Throws PERMISSION_DENIED when the actor has less than a level. */
export function requireLevel(
  model: Pick<RegisteredModel, 'name' | 'acl' | 'user_id' | 'owner'>,
  actor: Actor,
  level: PermissionLevel,
): void {
  if (hasLevel(model, actor, level)) return;
  throw new DomainError(
    'PERMISSION_DENIED',
    `${actor.user} needs ${level} on Registered Model (name=${model.name})`,
  );
}

/** The level that an actor needs to move a version from one stage to another. */
export function levelOfMove(from: Stage, to: Stage): PermissionLevel {
  return from === 'Production' || to === 'Production'
    ? 'CAN_MANAGE_PRODUCTION_VERSIONS'
    : 'CAN_MANAGE_STAGING_VERSIONS';
}

/** The model, if the actor may manage it. */
export async function requireManager(name: string, actor: Actor): Promise<RegisteredModel> {
  const model = await getModel(name);
  requireLevel(model, actor, 'CAN_MANAGE');
  return model;
}
