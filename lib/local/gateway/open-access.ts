/**
 * What stands in the authorizer's place with `--auth none`: any credentials are accepted, the
 * principal is the Basic user name, else `local`.
 */
export function openAccess(authorization: string | undefined) {
  const basic = authorization && /^basic +([a-z0-9+/=]+)$/i.exec(authorization)?.[1];
  const name = basic && Buffer.from(basic, 'base64').toString('utf8').split(':', 1)[0];
  return { user: name || 'local', groups: ['admins', 'users'] };
}
