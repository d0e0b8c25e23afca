import { highestGiven } from '../../shared/access-control.ts';
import { type Actor, PROGRAMS } from '../../shared/actor.ts';
import { DomainError } from '../../shared/errors.ts';
import type { AccessControl } from './endpoint-settings.ts';

/** From the lowest. Here and not with the schemas, which the data path does without. */
export const PERMISSION_LEVELS = ['CAN_VIEW', 'CAN_QUERY', 'CAN_MANAGE'] as const;
export type PermissionLevel = (typeof PERMISSION_LEVELS)[number];

/** What of an endpoint decides who may do what with it. */
interface Guarded {
  readonly creator: string;
  readonly accessControl?: readonly AccessControl[];
}

const QUERY_FOR_ALL: AccessControl = { group_name: 'users', permission_level: 'CAN_QUERY' };

const rank = (level: PermissionLevel) => PERMISSION_LEVELS.indexOf(level);

/**
 * The highest level that somebody has: the creator and `admins` manage; others have what they or
 * their groups were given. While nobody was given anything, `users` may query. A program queries at
 * most, also what it made: who answers is for people to decide.
 */
export function permissionOf(guarded: Guarded, actor: Actor): PermissionLevel | undefined {
  const given = givenPermission(guarded, actor);
  return given === 'CAN_MANAGE' && actor.groups.includes(PROGRAMS) ? 'CAN_QUERY' : given;
}

function givenPermission(guarded: Guarded, actor: Actor): PermissionLevel | undefined {
  if (actor.user === guarded.creator || actor.groups.includes('admins')) return 'CAN_MANAGE';
  return highestGiven(guarded.accessControl ?? [QUERY_FOR_ALL], actor, PERMISSION_LEVELS);
}

/** Throws PERMISSION_DENIED when the actor has less than the level. */
export function requirePermission(
  name: string,
  guarded: Guarded,
  actor: Actor,
  level: PermissionLevel,
): void {
  requireAtLeast(name, actor, level, permissionOf(guarded, actor));
}

/** Throws PERMISSION_DENIED for who does not manage; a program that was given that may take back. */
export function requireToTakeBack(name: string, guarded: Guarded, actor: Actor): void {
  requireAtLeast(name, actor, 'CAN_MANAGE', givenPermission(guarded, actor));
}

function requireAtLeast(
  name: string,
  { user }: Actor,
  level: PermissionLevel,
  has: PermissionLevel | undefined,
): void {
  if (has && rank(has) >= rank(level)) return;
  throw new DomainError(
    'PERMISSION_DENIED',
    `${user} needs ${level} on endpoint '${name}' and has ${has ?? 'no permission'}`,
  );
}
