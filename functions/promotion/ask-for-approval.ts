import { escalateApproval, expireApproval, requestApproval } from '../approvals/index.ts';
import { policyFor } from '../policies/index.ts';
import { getModelVersion } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { addDuration, parseDuration } from '../shared/duration.ts';
import { approvalIdOf } from './approval-of.ts';
import { findPresentPromotion } from './present-name.ts';
import { findPromotion, savePromotion } from './promotion-store.ts';
import type { PromotionInput } from './task-input.ts';

/** Asks the people whom the policy names; the state machine waits for the token to come back. */
export async function askForApproval(
  { promotion_id: id, version, token }: PromotionInput & { readonly token: string },
  context: OperationContext,
): Promise<void> {
  const promotion = await findPresentPromotion(id, context);
  if (!promotion) throw new Error(`Promotion ${id} was not compared`);
  const { model } = promotion;
  const [found, challenger] = await Promise.all([
    policyFor(model),
    getModelVersion(model, version),
  ]);
  const policy = found?.policy.approval;
  const now = context.clock();
  await requestApproval(
    {
      id: await approvalIdOf(promotion),
      kind: 'promotion',
      model,
      version,
      champion: promotion.champion,
      requested_by: challenger?.user_id ?? 'unknown',
      approvers: policy?.approvers ?? [],
      quorum: policy?.quorum ?? 1,
      self_approval: policy?.self_approval ?? false,
      comment_required: policy?.comment_required ?? false,
      expires_at: new Date(
        addDuration(now, parseDuration(policy?.expires_in ?? 'PT72H')),
      ).toISOString(),
      evidence: promotion.text,
      token,
    },
    context,
  );
  await savePromotion({ ...promotion, status: 'WAITING_FOR_APPROVAL' });
}

/** Ends a request whose time is over; somebody may have answered just before. */
export async function expireRequest(
  { promotion_id: id }: PromotionInput,
  context: OperationContext,
): Promise<{ status: string }> {
  const promotion = await findPromotion(id);
  return { status: await expireApproval(promotion ? await approvalIdOf(promotion) : id, context) };
}

/** Asks those whom the policy names for requests that nobody decided on. */
export async function escalateRequest(
  { promotion_id: id }: PromotionInput,
  context: OperationContext,
): Promise<void> {
  const promotion = await findPresentPromotion(id, context);
  if (!promotion) return;
  const { escalation } = (await policyFor(promotion.model))?.policy.approval ?? {};
  if (!escalation) return;
  await escalateApproval(await approvalIdOf(promotion), escalation.to, context);
}
