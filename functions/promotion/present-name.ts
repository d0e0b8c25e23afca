import { movePolicy } from '../policies/index.ts';
import { currentName, findRegisteredModel } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import type { Promotion } from './promotion.ts';
import { findPromotion } from './promotion-store.ts';

/**
 * The name that a model has now: it may have been renamed since somebody noted it. Its policy, which
 * follows by an event of its own, is under that name when this returns.
 */
export async function presentName(
  { model, model_id: id }: { readonly model: string; readonly model_id?: string | undefined },
  context: OperationContext,
): Promise<string> {
  const name = (id ? await currentName(id) : undefined) ?? model;
  // A policy under a name that another model has by now may be that one's own.
  if (name !== model && !(await findRegisteredModel(model))) {
    const time = new Date(context.clock()).toISOString();
    await movePolicy({ model: name, previous_name: model }, context, { time });
  }
  return name;
}

/** A promotion, under the name that its model has now. */
export async function findPresentPromotion(
  id: string,
  context: OperationContext,
): Promise<Promotion | undefined> {
  const promotion = await findPromotion(id);
  return promotion && { ...promotion, model: await presentName(promotion, context) };
}
