import { errorCause } from '../events/error-cause.ts';
import { policyFor } from '../policies/index.ts';
import { getModelVersion } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { isApproved } from './approval-of.ts';
import { isChallenger } from './challenger.ts';
import { findPresentPromotion, presentName } from './present-name.ts';
import type { Promotion, PromotionVerdict } from './promotion.ts';
import { commitDecision, findPromotion } from './promotion-store.ts';
import type { PromotionInput } from './task-input.ts';

const MAX_TEXT_LENGTH = 1000;

export interface Decision {
  /** `changed`: the champion is another one than was compared with. */
  readonly status: 'decided' | 'changed';
  readonly verdict?: PromotionVerdict;
}

/** Makes the proposal of the comparison come true; repeated, it answers what was decided. */
export async function decidePromotion(
  { promotion_id: id, version }: PromotionInput,
  context: OperationContext,
): Promise<Decision> {
  const promotion = await findPresentPromotion(id, context);
  if (!promotion?.verdict) throw new Error(`Promotion ${id} was not compared`);
  const { model } = promotion;
  if (promotion.status === 'DECIDED') return { status: 'decided', verdict: promotion.verdict };
  const present = await getModelVersion(model, version);
  if (promotion.verdict === 'promoted' && !isChallenger(promotion, present)) {
    // Renamed since its name was asked for, not deleted: it is compared anew, under the new name.
    if ((await presentName(promotion, context)) !== model) return { status: 'changed' };
    const text = `version ${version} of ${model} was deleted before a decision`;
    return settle({ ...promotion, text }, 'rejected', context);
  }
  // What nobody approved is compared, and asked, anew: a policy may have come to ask, or the champion is another.
  const promotes = promotion.verdict === 'promoted';
  const gate = promotes ? (await policyFor(model))?.policy.approval : undefined;
  if (gate?.required && !(await isApproved(promotion))) {
    return { status: 'changed' };
  }
  return settle(promotion, promotion.verdict, context);
}

/** Records that people refused, or did not answer in time. */
export async function refusePromotion(
  { promotion_id: id, version, answer }: PromotionInput & { readonly answer: string },
  context: OperationContext,
): Promise<Decision> {
  const promotion = await findPresentPromotion(id, context);
  if (!promotion) throw new Error(`Promotion ${id} was not compared`);
  const why = answer === 'DENIED' ? 'the approval was denied' : 'the request for approval expired';
  const text = `version ${version} of ${promotion.model} was not promoted: ${why}`;
  return settle({ ...promotion, text }, 'rejected', context);
}

/** Records that the comparison or the decision itself broke. */
export async function recordFailure(
  input: PromotionInput & { readonly error: string; readonly cause: string },
  context: OperationContext,
): Promise<Decision> {
  const { promotion_id: id, model_id, version } = input;
  const cause = errorCause(input.error, input.cause);
  const former = await findPresentPromotion(id, context);
  const model = former?.model ?? (await presentName(input, context));
  const promotion: Promotion = former ?? {
    id,
    model,
    ...(model_id && { model_id }),
    challenger: version,
    champion: null,
    status: 'DECIDING',
    verdict: null,
    evidence: { kind: 'none' },
    text: '',
    policy: null,
    created_at: new Date(context.clock()).toISOString(),
    decided_at: null,
    reverted: null,
  };
  const text = `the promotion of version ${version} of ${model} broke: ${cause}`;
  return settle({ ...promotion, text: text.slice(0, MAX_TEXT_LENGTH) }, 'failed', context);
}

async function settle(
  promotion: Promotion,
  verdict: PromotionVerdict,
  context: OperationContext,
): Promise<Decision> {
  if (promotion.status !== 'DECIDED') {
    const outcome = await commitDecision(promotion, verdict, context);
    if (outcome === 'changed') return { status: 'changed' };
  }
  const decided = await findPromotion(promotion.id);
  return { status: 'decided', ...(decided?.verdict && { verdict: decided.verdict }) };
}
