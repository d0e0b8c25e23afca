import type { OperationContext } from '../../shared/context.ts';
import { DomainError, notFound } from '../../shared/errors.ts';
import { type HttpRequest, type HttpResult, json } from '../../shared/http/api.ts';
import type { RateLimit } from '../endpoints/endpoint-settings.ts';
import { requirePermission } from '../endpoints/require-permission.ts';
import { type Given, Invocation } from './invocation.ts';
import { countRequest } from './rate-limit.ts';
import type { Snapshot } from './snapshots.ts';

export interface InvokeDependencies extends Pick<Given, 'log' | 'queue'> {
  readonly snapshot: (endpoint: string) => Promise<Snapshot | undefined>;
  /** Why an endpoint without a live configuration does not answer; undefined if it does not exist. */
  readonly whyNotLive: (endpoint: string) => Promise<string | undefined>;
}

/** What an endpoint serves now. Throws RESOURCE_DOES_NOT_EXIST and TEMPORARILY_UNAVAILABLE. */
export async function liveSnapshot(
  name: string,
  { snapshot, whyNotLive }: InvokeDependencies,
): Promise<Snapshot> {
  const found = await snapshot(name);
  if (found) return found;
  const reason = await whyNotLive(name);
  if (reason === undefined) throw notFound(`Endpoint '${name}' does not exist`);
  throw new DomainError('TEMPORARILY_UNAVAILABLE', `Endpoint '${name}' is not ready: ${reason}`);
}

/** Answers a request and logs it, answered or refused, before the caller hears of it. */
export async function invokeEndpoint(
  request: HttpRequest,
  context: OperationContext,
  dependencies: InvokeDependencies,
): Promise<HttpResult> {
  const startedAt = context.clock();
  const started = performance.now();
  const elapsed = () => Math.max(1, Math.round(performance.now() - started));
  const name = request.params.name ?? '';
  const snapshot = await liveSnapshot(name, dependencies);
  requirePermission(name, snapshot.live, context.actor, 'CAN_QUERY');
  const refused = await countRequest(snapshot.live, context.actor, startedAt);
  if (refused) return tooMany(name, refused);
  const { log, queue } = dependencies;
  return new Invocation({ request, context, snapshot, startedAt, elapsed, log, queue }).answer();
}

/** Refused before anything is read; not logged, for a limit is there to keep the costs down. */
function tooMany(
  name: string,
  { limit, retryAfterSeconds }: { limit: RateLimit; retryAfterSeconds: number },
): HttpResult {
  const whose = limit.key === 'endpoint' ? '' : ` (limit by ${limit.key})`;
  return json(
    429,
    {
      error_code: 'REQUEST_LIMIT_EXCEEDED',
      message: `Endpoint '${name}' takes ${limit.calls} requests per minute${whose}`,
    },
    { 'retry-after': String(retryAfterSeconds) },
  );
}
