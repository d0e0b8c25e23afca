import { findRegisteredModel } from '../registry/index.ts';
import { renameListed } from './promotion-store.ts';

/**
 * Reacts to a rename: the model's promotions go with it, and can be reverted under the new name. Those of
 * a model that had the old name before, and was deleted, stay.
 */
export async function followRename(data: {
  readonly model: string;
  readonly previous_name: string;
}): Promise<void> {
  const { model, previous_name: former } = data;
  // Gone by now, or renamed again: what follows that rename goes on from here.
  const created = (await findRegisteredModel(model))?.creation_timestamp ?? 0;
  await renameListed(former, model, new Date(created).toISOString());
}
