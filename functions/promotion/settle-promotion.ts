import { expireApproval } from '../approvals/index.ts';
import type { FailedExecution } from '../events/failed-executions.ts';
import type { OperationContext } from '../shared/context.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { approvalIdOf } from './approval-of.ts';
import { recordFailure } from './decide-promotion.ts';
import { findPromotion } from './promotion-store.ts';
import { promotionInput } from './task-input.ts';

/** Decides a promotion that was stopped, or died before it could say so: it failed. */
export async function settlePromotion(
  { input, error, cause }: FailedExecution,
  context: OperationContext,
): Promise<void> {
  const promotion = parseValue(input, promotionInput);
  // Nothing waits for an answer any more.
  const { promotion_id: id } = promotion;
  const former = await findPromotion(id);
  await expireApproval(former ? await approvalIdOf(former) : id, context);
  await recordFailure({ ...promotion, error, cause }, context);
}
