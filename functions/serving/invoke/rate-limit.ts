import type { Actor } from '../../shared/actor.ts';
import { MINUTE_MS } from '../../shared/duration.ts';
import type { LiveConfig } from '../endpoints/endpoint.ts';
import type { RateLimit } from '../endpoints/endpoint-settings.ts';
import { addToCounter } from './rate-limit-store.ts';

/** A limit on calls that is meant for somebody, and the name of its counter. */
interface Applying {
  readonly limit: RateLimit & { readonly calls: number };
  readonly counter: string;
}

/**
 * Counts a request towards the endpoint's limits, in minutes of the clock. Answers with the seconds
 * until the next minute when one of them is used up. Costs one write unit per limit that applies;
 * an endpoint without limits costs nothing.
 *
 * The endpoint's limit counts the requests of all callers. Besides, a caller with a limit of their own has that
 * one; members of groups with limits are refused once the limits of all their groups are used up; the limit for
 * each user holds for the other callers.
 * https://docs.databricks.com/aws/en/ai-gateway/configure-ai-gateway-endpoints
 */
export async function countRequest(
  live: Pick<LiveConfig, 'endpointId' | 'limits'>,
  actor: Actor,
  now: number,
): Promise<{ retryAfterSeconds: number; limit: RateLimit } | undefined> {
  const minute = Math.floor(now / MINUTE_MS);
  const usedUp = async ({ limit, counter }: Applying) =>
    (await addToCounter(live.endpointId, counter, minute)) > limit.calls;
  const { each, anyOf } = limitsFor(actor, live.limits ?? []);
  let refusing: Applying | undefined;
  for (const one of each) {
    if (!refusing && (await usedUp(one))) refusing = one;
  }
  if (!refusing && anyOf.length > 0) {
    const full = await Promise.all(anyOf.map(usedUp));
    if (full.every(Boolean)) [refusing] = anyOf;
  }
  if (!refusing) return undefined;
  const next = (minute + 1) * MINUTE_MS;
  return {
    retryAfterSeconds: Math.max(1, Math.ceil((next - now) / 1000)),
    limit: refusing.limit,
  };
}

/** `each`: limits any of which refuses a caller. `anyOf`: limits that refuse only when all of them are used up. */
function limitsFor(
  { user, groups }: Actor,
  limits: readonly RateLimit[],
): { each: readonly Applying[]; anyOf: readonly Applying[] } {
  const where = (counter: (limit: RateLimit) => string | undefined): Applying[] =>
    limits.flatMap((limit) => {
      const name = counter(limit);
      if (name === undefined || limit.calls === undefined) return [];
      return [{ limit: { ...limit, calls: limit.calls }, counter: name }];
    });
  const endpoint = where(({ key }) => (key === 'endpoint' ? 'endpoint' : undefined));
  const own = where(({ key, principal }) =>
    (key === 'user' || key === 'service_principal') && principal === user
      ? `one:${user}`
      : undefined,
  );
  if (own.length > 0) return { each: [...endpoint, ...own], anyOf: [] };
  const ofGroups = where(({ key, principal }) =>
    key === 'user_group' && principal && groups.includes(principal)
      ? `group:${principal}`
      : undefined,
  );
  if (ofGroups.length > 0) return { each: endpoint, anyOf: ofGroups };
  const ofEach = where(({ key, principal }) =>
    key === 'user' && principal === undefined ? `each:${user}` : undefined,
  );
  return { each: [...endpoint, ...ofEach], anyOf: [] };
}
