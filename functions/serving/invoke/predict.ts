import { DomainError } from '../../shared/errors.ts';
import { log } from '../../shared/log.ts';
import type { LiveEntity } from '../endpoints/endpoint.ts';
import { redacts } from './log-policy.ts';
import { ModelFailure, type ScoringRequest } from './scorer.ts';
import type { Snapshot } from './snapshots.ts';

/** What the answers to one request took; grows with every try. */
export interface Spent {
  /** Of the function that scores Python models. */
  pythonMs: number;
}

/** When the chosen entity fails, and the endpoint says so, the next in the order of traffic answers. */
export async function predictWithFallback(
  snapshot: Snapshot,
  chosen: LiveEntity,
  request: ScoringRequest,
  spent: Spent,
  mayFallBack = true,
): Promise<{ entity: LiveEntity; body: string }> {
  const { live } = snapshot;
  const others =
    live.fallback && mayFallBack
      ? live.entities.filter((entity) => entity !== chosen && !entity.deployed?.queued)
      : [];
  const byTraffic = others.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  for (const [i, entity] of [chosen, ...byTraffic].entries()) {
    try {
      return { entity, body: await predict(snapshot, entity, request, spent) };
    } catch (cause) {
      // What the caller did wrong, the next entity would refuse as well.
      const isLast = i === byTraffic.length;
      if (isLast || isRefusal(cause)) throw cause;
      log.warn('an entity failed; the next one answers', {
        endpoint: live.endpoint,
        entity: entity.name,
        error: redacts(live.log) ? codeOf(cause) : messageOf(cause),
      });
    }
  }
  throw new Error(`Endpoint ${live.endpoint} has no entity`);
}

const isRefusal = (cause: unknown) =>
  cause instanceof DomainError && cause.status < 500 && !(cause instanceof ModelFailure);

export const messageOf = (error: unknown) =>
  error instanceof Error ? error.message : String(error);
export const codeOf = (error: unknown) =>
  error instanceof DomainError ? error.code : 'INTERNAL_ERROR';

/** What one entity says to a request, and nobody else. */
export async function predict(
  snapshot: Snapshot,
  entity: LiveEntity,
  request: ScoringRequest,
  spent: Spent,
): Promise<string> {
  const model = snapshot.models.get(entity);
  if (!model) throw snapshot.problems.get(entity) ?? new Error(`${entity.name} is not loaded`);
  if (model.runtime !== 'python') return model.score(request);
  const started = performance.now();
  try {
    return await model.score(request);
  } finally {
    spent.pythonMs += Math.ceil(performance.now() - started);
  }
}
