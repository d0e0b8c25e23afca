import type { OperationContext } from '../shared/context.ts';
import { invalid } from '../shared/errors.ts';
import { describeModel } from './get-logged-model.ts';
import { type ModelStatus, modelMissing, NO_STATUS } from './logged-model.ts';
import { changeModel, findModel } from './model-store.ts';

/** Records how the upload of the files ended. */
export async function finalizeLoggedModel(
  input: { readonly model_id: string; readonly status: ModelStatus | typeof NO_STATUS },
  context: OperationContext,
): Promise<object> {
  const { model_id, status } = input;
  if (status === NO_STATUS) {
    // MLflow's server looks for the model first, and finds deleted ones, too.
    if (!(await findModel(model_id))) throw modelMissing(model_id);
    throw invalid("Invalid value for parameter 'status': a model is pending, ready or failed.");
  }
  await changeModel(model_id, {
    update: 'SET #status = :status, last_updated_timestamp_ms = :now',
    names: { '#status': 'status' },
    values: { ':status': status, ':now': context.clock() },
  });
  const model = await findModel(model_id);
  if (!model) throw modelMissing(model_id);
  return describeModel(model);
}
