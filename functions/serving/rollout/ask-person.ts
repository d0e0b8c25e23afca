import { expireApproval, requestApproval } from '../../approvals/index.ts';
import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { addDuration, parseDuration } from '../../shared/duration.ts';
import { platformTableName } from '../endpoints/endpoint-store.ts';
import { RolloutInconclusive } from './events.ts';
import { rolloutInPlace } from './find-rollout.ts';
import { aboutRollout, saveWaiting } from './rollout-store.ts';

interface Question {
  readonly endpoint: string;
  readonly rollout_id: string;
  readonly reason: string;
}

/** Nobody is asked about a rollout that is over, so nobody would answer. */
class RolloutOver extends Error {
  override readonly name = 'RolloutOver';
}

/**
 * Asks the people whom the strategy names; the candidate keeps its share meanwhile. Throws RolloutOver.
 */
export async function askPerson(
  { endpoint, rollout_id: id, reason, token }: Question & { readonly token: string },
  context: OperationContext,
): Promise<void> {
  const found = await rolloutInPlace(endpoint, id);
  if (!found || found.active.promoted) throw new RolloutOver(`Rollout ${id} is over`);
  const { rollout, active } = found;
  if (rollout.status === 'RUNNING') {
    const data = { ...aboutRollout(endpoint, active), reason };
    const event = outbox(platformTableName(), RolloutInconclusive, data, context);
    await saveWaiting(rollout, reason, event);
  }
  const { approvers, quorum, expires_in, self_approval } = rollout.strategy.approval;
  await requestApproval(
    {
      id,
      approvers,
      quorum,
      self_approval,
      token,
      endpoint,
      kind: 'rollout',
      model: rollout.model,
      version: rollout.to,
      champion: rollout.from,
      requested_by: rollout.requestedBy,
      expires_at: new Date(addDuration(context.clock(), parseDuration(expires_in))).toISOString(),
      evidence: reason,
    },
    context,
  );
}

/** Ends a question whose time is over; somebody may have answered just before. */
export async function expireQuestion(
  { rollout_id: id }: Pick<Question, 'rollout_id'>,
  context: OperationContext,
): Promise<{ status: string }> {
  return { status: await expireApproval(id, context) };
}
