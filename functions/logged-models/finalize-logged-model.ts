import type { OperationContext } from '../shared/context.ts';
import { describeModel } from './get-logged-model.ts';
import { type ModelStatus, modelMissing } from './logged-model.ts';
import { changeModel, findModel } from './model-store.ts';

/** Records how the upload of the files ended. */
export async function finalizeLoggedModel(
  input: { readonly model_id: string; readonly status: ModelStatus },
  context: OperationContext,
): Promise<object> {
  const { model_id, status } = input;
  await changeModel(model_id, {
    update: 'SET #status = :status, last_updated_timestamp_ms = :now',
    names: { '#status': 'status' },
    values: { ':status': status, ':now': context.clock() },
  });
  const model = await findModel(model_id);
  if (!model) throw modelMissing(model_id);
  return describeModel(model);
}
