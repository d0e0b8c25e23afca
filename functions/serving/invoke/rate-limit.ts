import type { Actor } from '../../shared/actor.ts';
import type { LiveConfig } from '../endpoints/endpoint.ts';
import type { RateLimit } from '../endpoints/endpoint-settings.ts';
import { addToCounter } from './rate-limit-store.ts';

const MINUTE_MS = 60_000;

/**
 * Counts a request towards the endpoint's limits, in minutes of the clock. Answers with the seconds
 * until the next minute when one of them is used up. Costs one write unit per limit that applies;
 * an endpoint without limits costs nothing.
 */
export async function countRequest(
  live: Pick<LiveConfig, 'endpointId' | 'limits'>,
  actor: Actor,
  now: number,
): Promise<{ retryAfterSeconds: number; limit: RateLimit } | undefined> {
  const minute = Math.floor(now / MINUTE_MS);
  for (const limit of live.limits ?? []) {
    const counted = countedTogether(limit, actor);
    if (counted === undefined || limit.calls === undefined) continue;
    const used = await addToCounter(live.endpointId, counted, minute);
    if (used > limit.calls) {
      const next = (minute + 1) * MINUTE_MS;
      return { retryAfterSeconds: Math.max(1, Math.ceil((next - now) / 1000)), limit };
    }
  }
  return undefined;
}

/** Name of the counter that a limit has for somebody; undefined when it is not meant for them. */
function countedTogether({ key: kind, principal }: RateLimit, actor: Actor): string | undefined {
  if (kind === 'endpoint') return 'endpoint';
  if (kind === 'user_group') {
    return principal && actor.groups.includes(principal) ? `group:${principal}` : undefined;
  }
  if (principal !== undefined && principal !== actor.user) return undefined;
  return `${principal === undefined ? 'each' : 'one'}:${actor.user}`;
}
