import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { platformTableName } from '../endpoints/endpoint-store.ts';
import { reconcileEndpoint } from '../endpoints/reconcile-endpoint.ts';
import { changeRollout } from './change-rollout.ts';
import { RolloutAdvanced } from './events.ts';
import { nextStep } from './evidence.ts';
import { secondsForAnswer, secondsToNextLook, stepsOf } from './strategy.ts';

interface Shifted {
  readonly next: 'bake' | 'over';
  readonly wait_seconds: number;
  /** How long a person would have for an answer. */
  readonly expires_seconds: number;
}

/** Gives the candidate the share of the step that is asked for; a repetition changes nothing. */
export async function shiftTraffic(
  { endpoint, rollout_id: id, step }: { endpoint: string; rollout_id: string; step: number },
  context: OperationContext,
): Promise<Shifted> {
  const table = platformTableName();
  const found = await changeRollout(endpoint, id, context, ({ rollout }) => {
    const share = stepsOf(rollout.strategy)[step];
    if (share === undefined) throw new Error(`Rollout ${id} has no step ${step}`);
    if (rollout.step >= step) return undefined;
    return {
      active: { share },
      rollout: { step, share, evidence: nextStep(rollout.evidence) },
      announce: (about) =>
        outbox(table, RolloutAdvanced, { ...about, step, percentage: share }, context),
    };
  });
  if (!found) return { next: 'over', wait_seconds: 0, expires_seconds: 0 };
  await reconcileEndpoint(endpoint, 'RolloutAdvanced', context);
  const { strategy, startedAt } = found.rollout;
  return {
    next: 'bake',
    wait_seconds: secondsToNextLook(strategy, context.clock() - startedAt),
    expires_seconds: secondsForAnswer(strategy),
  };
}
