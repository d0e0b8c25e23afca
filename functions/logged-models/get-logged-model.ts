import { type LoggedModel, modelMissing, toWireModel } from './logged-model.ts';
import { metricsOfModel } from './model-metric-store.ts';
import { findModel, loadModel } from './model-store.ts';

/** Points of an answer: it has at most 6 MB. The newest are shown. */
const MAX_POINTS = 10_000;

export async function getLoggedModel(input: {
  readonly model_id: string;
  /** Whatever is not `true` is a no. */
  readonly allow_deleted?: string;
}): Promise<object> {
  const { model_id, allow_deleted } = input;
  const model =
    allow_deleted?.toLowerCase() === 'true' ? await findModel(model_id) : await loadModel(model_id);
  if (!model) throw modelMissing(model_id);
  return describeModel(model);
}

export async function describeModel(model: LoggedModel): Promise<object> {
  const metrics = await metricsOfModel(model);
  return { model: toWireModel(model, metrics.slice(-MAX_POINTS)) };
}
