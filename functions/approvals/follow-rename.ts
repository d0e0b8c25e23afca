import type { EventEnvelope } from '../events/define.ts';
import type { OperationContext } from '../shared/context.ts';
import { renameAsked } from './approval-store.ts';

/** Reacts to a rename: requests about the model that wait for an answer name it by its new name. */
export async function followRename(
  { model, previous_name: former }: { readonly model: string; readonly previous_name: string },
  _context: OperationContext,
  { time }: Pick<EventEnvelope['metadata'], 'time'>,
): Promise<void> {
  await renameAsked(former, model, time);
}
