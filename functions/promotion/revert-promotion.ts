import { requireLevelOn } from '../registry/index.ts';
import { PROGRAMS } from '../shared/actor.ts';
import type { OperationContext } from '../shared/context.ts';
import { conflict, invalid } from '../shared/errors.ts';
import { getPromotion } from './get-promotion.ts';
import type { Promotion } from './promotion.ts';
import { commitRevert } from './promotion-store.ts';

/** Gives the champion alias back to the version that had it before the promotion. Programs may, too. */
export async function revertPromotion(id: string, context: OperationContext): Promise<Promotion> {
  const promotion = await getPromotion(id);
  const { model, challenger, champion, verdict, reverted } = promotion;
  if (!context.actor.groups.includes(PROGRAMS)) {
    await requireLevelOn(model, 'CAN_MANAGE_PRODUCTION_VERSIONS', context);
  }
  if (reverted) throw invalid(`Promotion ${id} was reverted already`);
  if (promotion.status !== 'DECIDED' || verdict !== 'promoted') {
    throw invalid(`Promotion ${id} promoted nothing`);
  }
  if (champion === null) throw invalid(`Promotion ${id} had no champion before it`);
  if (!(await commitRevert({ ...promotion, champion }, context))) {
    throw conflict(
      `Version ${challenger} is no longer the champion of ${model}, or version ${champion} is gone`,
    );
  }
  return getPromotion(id);
}
