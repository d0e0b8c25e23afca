import { DomainError } from './errors.ts';

/** Who acts. */
export interface Actor {
  readonly user: string;
  readonly groups: readonly string[];
}

/** The user of requests that name none, where none has to be named: on a host without authentication. */
export const UNNAMED = 'local';

/** Whoever calls a route that is open to all. */
export const ANONYMOUS: Actor = { user: 'anonymous', groups: [] };

/** The platform itself: consumers and state machines. */
export const SYSTEM_ACTOR: Actor = { user: 'slipway', groups: [] };

/** The principal as the gateway's authorizer answered it; undefined for anything else. */
export function actorFromContext(context: unknown): Actor | undefined {
  const { user, groups } = (context ?? {}) as Record<string, unknown>;
  if (typeof user !== 'string' || user === '' || !Array.isArray(groups)) return undefined;
  return groups.every((group) => typeof group === 'string') ? { user, groups } : undefined;
}

/**
 * Programs that act by themselves, such as trainings and pipelines of delivery. They may register and
 * describe, deny and take back; what lets a version past a gate is for people.
 */
export const PROGRAMS = 'programs';

/** Throws PERMISSION_DENIED for everybody who is no member of `admins`. */
export function requireAdmin({ user, groups }: Actor): void {
  if (!groups.includes('admins')) {
    throw new DomainError('PERMISSION_DENIED', `${user} is not a member of admins`);
  }
}
