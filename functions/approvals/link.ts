import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Actor } from '../shared/actor.ts';
import { notFound } from '../shared/errors.ts';

/** An address by which one person answers one request, once, without login. */
export interface Link {
  readonly id: string;
  readonly approval_id: string;
  /** In whose name the answer counts. */
  readonly speaks_for: Actor;
  readonly created_by: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** 256 random bits that sign the link; they never leave the table. */
  readonly key: string;
  /** ISO 8601. */
  readonly used_at?: string;
}

export const newLink = (link: Omit<Link, 'id' | 'key' | 'used_at'>): Link => ({
  ...link,
  id: randomBytes(8).toString('hex'),
  key: randomBytes(32).toString('base64url'),
});

/** HMAC-SHA256 over all that the link grants: request, person, groups and end. */
const signatureOf = ({ id, approval_id, speaks_for, expires, key }: Link): Buffer =>
  createHmac('sha256', key)
    .update(JSON.stringify([id, approval_id, speaks_for.user, speaks_for.groups, expires]))
    .digest();

/** The token in the link's address: `<id>.<signature>`. */
export const tokenOf = (link: Link) => `${link.id}.${signatureOf(link).toString('base64url')}`;

/** The id in a token; undefined for a text that is no token. */
export const linkIdOf = (token: string): string | undefined =>
  /^([0-9a-f]{16})\.[\w-]{43}$/.exec(token)?.[1];

/** Throws RESOURCE_DOES_NOT_EXIST for a link that cannot be used; only callers with the right signature learn why. */
export function checkLink(link: Link | undefined, token: string, now: number): Link {
  const given = Buffer.from(token.split('.')[1] ?? '', 'base64url');
  const expected = link && signatureOf(link);
  if (!link || !expected || given.length !== expected.length)
    throw notFound('There is no such link');
  if (!timingSafeEqual(given, expected)) throw notFound('There is no such link');
  if (link.used_at) throw notFound(`The link was used already, on ${link.used_at.slice(0, 10)}`);
  if (link.expires <= now) throw notFound('The link has expired');
  return link;
}
