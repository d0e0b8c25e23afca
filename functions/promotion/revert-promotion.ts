import { findRegisteredModel, getModelVersion, requireLevelOn } from '../registry/index.ts';
import { PROGRAMS } from '../shared/actor.ts';
import type { OperationContext } from '../shared/context.ts';
import { conflict, invalid, notFound } from '../shared/errors.ts';
import { isChallenger } from './challenger.ts';
import { getPromotion } from './get-promotion.ts';
import { findPresentPromotion } from './present-name.ts';
import type { Promotion } from './promotion.ts';
import { commitRevert } from './promotion-store.ts';

/**
 * Gives the champion alias back to the version that had it before the promotion. Programs may, too, on
 * models that they may edit, which is the most that a program may.
 */
export async function revertPromotion(id: string, context: OperationContext): Promise<Promotion> {
  const promotion = await findPresentPromotion(id, context);
  if (!promotion) throw notFound(`Promotion ${id} does not exist`);
  const { model, challenger, champion, verdict, reverted } = promotion;
  const isProgram = context.actor.groups.includes(PROGRAMS);
  const level = isProgram ? 'CAN_EDIT' : 'CAN_MANAGE_PRODUCTION_VERSIONS';
  await requireLevelOn(model, level, context);
  if (reverted) throw invalid(`Promotion ${id} was reverted already`);
  if (promotion.status !== 'DECIDED' || verdict !== 'promoted') {
    throw invalid(`Promotion ${id} promoted nothing`);
  }
  if (champion === null) throw invalid(`Promotion ${id} had no champion before it`);
  if (!(await isOfPresentModel(promotion))) {
    throw conflict(`Promotion ${id} was of a model '${model}' that has been deleted since`);
  }
  if (!(await commitRevert({ ...promotion, champion }, context))) {
    throw conflict(
      `Version ${challenger} is no longer the champion of ${model}, or version ${champion} is gone`,
    );
  }
  return getPromotion(id);
}

/** Whether the model is the one of the promotion, not another that was made under its name. */
async function isOfPresentModel(promotion: Promotion): Promise<boolean> {
  const { model, model_id: id, challenger } = promotion;
  const [present, version] = await Promise.all([
    findRegisteredModel(model),
    getModelVersion(model, challenger),
  ]);
  if (id !== undefined && present?.id !== undefined && present.id !== id) return false;
  return version === undefined || isChallenger(promotion, version);
}
