import type { OperationContext } from '../shared/context.ts';
import { changeModel } from './model-store.ts';

/** Hides a model from everybody who does not ask for deleted ones; its files stay. */
export async function deleteLoggedModel(
  input: { readonly model_id: string },
  context: OperationContext,
): Promise<undefined> {
  await changeModel(input.model_id, {
    update: 'SET lifecycle_stage = :deleted, last_updated_timestamp_ms = :now',
    values: { ':deleted': 'deleted', ':now': context.clock() },
  });
  return undefined;
}
