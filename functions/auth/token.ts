import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { DAY_MS } from '../shared/duration.ts';

/** A stored token: everything but its secret. Times are milliseconds since the epoch. */
export interface Token {
  /** 16 hex digits; part of the token, so that its row is found by key. */
  readonly id: string;
  /** SHA-256 of the secret in hex; 256 random bits need no slow hash. */
  readonly hash: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly comment: string;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Absent: valid until it is revoked. */
  readonly validUntil?: number;
  readonly revokedAt?: number;
}

/** How long the row of a token that is no longer valid is kept, so that lists still show it. */
const RETENTION_MS = 30 * DAY_MS;

const FORM = /^slw_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/** A fresh secret, and the token that its owner sends: `slw_<id>_<secret>`. */
export function newToken(id = randomBytes(8).toString('hex')) {
  const secret = randomBytes(32).toString('base64url');
  return { id, hash: hashOf(secret), token: `slw_${id}_${secret}` };
}

/** The parts of a token that somebody has; undefined for what is none. */
export function parseToken(token: string) {
  const [, id, secret] = FORM.exec(token) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex');

interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/**
 * The token of an Authorization header: `Bearer <token>`, or Basic with the token as password (any
 * user name), for clients that know nothing else. Undefined for whatever is no token.
 */
export function credentialsOf(authorization: string | undefined): Credentials | undefined {
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+)$/i.exec(authorization ?? '') ?? [];
  const isBasic = scheme.toLowerCase() === 'basic';
  const pair = isBasic ? Buffer.from(value, 'base64').toString('utf8') : `:${value}`;
  return parseToken(pair.slice(pair.indexOf(':') + 1));
}

/** Whether the secret is the token's and the token is valid now; the comparison takes constant time. */
export function admits(token: Token, secret: string, now: number): boolean {
  const same = timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(token.hash));
  return same && stateOf(token, now) === 'ACTIVE';
}

type TokenState = 'ACTIVE' | 'EXPIRED' | 'REVOKED';

export function stateOf(token: Token, now: number): TokenState {
  if (token.revokedAt !== undefined) return 'REVOKED';
  return token.validUntil !== undefined && token.validUntil <= now ? 'EXPIRED' : 'ACTIVE';
}

/** Epoch seconds after which the row may vanish; none for a token without an end. */
export function rowExpiry({ validUntil, revokedAt }: Token): number | undefined {
  const end = revokedAt ?? validUntil;
  return end === undefined ? undefined : Math.ceil((end + RETENTION_MS) / 1000);
}
