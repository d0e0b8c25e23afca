/** Who acts. With `--auth none` any credentials are accepted: the Basic user name, else `local`. */
export interface Actor {
  readonly user: string;
  readonly groups: readonly string[];
}

export const LOCAL_ACTOR: Actor = { user: 'local', groups: ['admins', 'users'] };

/** The platform itself: consumers and state machines. */
export const SYSTEM_ACTOR: Actor = { user: 'slipway', groups: [] };

/** Reads the principal from an Authorization header (contracts: `--auth none`). */
export function actorFromHeader(authorization: string | undefined): Actor {
  const basic = /^basic\s+([a-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1];
  const user = basic ? Buffer.from(basic, 'base64').toString('utf8').split(':', 1)[0] : undefined;
  return user ? { ...LOCAL_ACTOR, user } : LOCAL_ACTOR;
}
