import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed } from '../../shared/dynamo/index.ts';
import { countArrivals } from './count-arrivals.ts';
import { rolloutInPlace } from './find-rollout.ts';
import { judgeRollout, type Verdict } from './judge-rollout.ts';
import type { Rollout } from './rollout.ts';
import { getRollout } from './rollout-store.ts';

/** Counts what arrived since the last look and says what follows. */
export async function analyseRollout(
  { endpoint, rollout_id: id }: { endpoint: string; rollout_id: string },
  context: OperationContext,
): Promise<Verdict | { readonly next: 'over' }> {
  const found = await rolloutInPlace(endpoint, id);
  if (!found || found.active.promoted) return { next: 'over' };
  const counted = await countUnlessOther(found.rollout);
  return judgeRollout(counted, context.clock());
}

/** A look beside another one leaves the counting to that. */
async function countUnlessOther(rollout: Rollout): Promise<Rollout> {
  try {
    return await countArrivals(rollout);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return (await getRollout(rollout.endpoint, rollout.id)) ?? rollout;
  }
}
