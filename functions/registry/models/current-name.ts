import { setTimeout as pause } from 'node:timers/promises';
import { checkSettled, findModel, findNameOfId } from './model-store.ts';

/** How long a rename that is on its way is waited for, and how often it is looked at, milliseconds. */
const MAX_WAIT_MS = 10_000;
const LOOK_EVERY_MS = 50;

/**
 * The name that an id's model has now; undefined when it was deleted. A rename on its way is waited for:
 * `ModelMoving` when it does not end.
 */
export async function currentName(id: string): Promise<string | undefined> {
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    const name = await findNameOfId(id);
    const model = name === undefined ? undefined : await findModel(name);
    // Renamed or deleted between the two reads, as the id's row tells.
    if (!model) return findNameOfId(id);
    if (model.moving_to === undefined && model.moving_from === undefined) return name;
    if (waited >= MAX_WAIT_MS) checkSettled(model);
    await pause(LOOK_EVERY_MS);
  }
}
