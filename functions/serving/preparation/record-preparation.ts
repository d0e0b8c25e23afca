import * as z from 'zod/mini';
import type { OperationContext } from '../../shared/context.ts';
import { ScorerFailed, ScorerPrepared } from '../events.ts';
import { findPreparation, putPreparation } from './preparation-store.ts';

export const recordPreparationInput = z.object({
  preparation: z.string(),
  endpoint: z.string(),
  endpoint_id: z.string(),
  model: z.string(),
  version: z.string(),
  /** Why the version cannot be served; empty when it can. */
  problem: z.string(),
  environment: z.string(),
  log: z.string(),
});

/** Notes what came of a preparation; the endpoint hears of it by the event. */
export async function recordPreparation(
  input: z.infer<typeof recordPreparationInput>,
  context: OperationContext,
): Promise<{ state: string }> {
  const { preparation, endpoint, endpoint_id, model, version, problem, log } = input;
  const found = await findPreparation(endpoint_id, { model, version, preparation });
  // Somebody has asked again meanwhile, or this was recorded before.
  if (found?.state !== 'PREPARING') {
    return { state: 'SUPERSEDED' };
  }
  const about = { endpoint, model, version };
  const { deployment, environmentVars } = found;
  const now = { preparation, since: context.clock(), log };
  const row = {
    ...about,
    ...now,
    ...(deployment && { deployment }),
    ...(environmentVars && { environmentVars }),
  };
  const write = (state: 'READY' | 'FAILED') => {
    if (state === 'FAILED') {
      const event = { definition: ScorerFailed, data: { ...about, message: problem } };
      const failed = { ...row, state, message: problem };
      return putPreparation(endpoint_id, failed, found, event, context);
    }
    const { environment } = input;
    const seconds = Math.round((row.since - found.since) / 100) / 10;
    const event = { definition: ScorerPrepared, data: { ...about, environment, seconds } };
    return putPreparation(endpoint_id, { ...row, state, environment }, found, event, context);
  };
  const state = problem === '' ? 'READY' : 'FAILED';
  return { state: (await write(state)) ? state : 'SUPERSEDED' };
}
