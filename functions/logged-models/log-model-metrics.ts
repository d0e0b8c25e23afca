import type { Metric } from '../tracking/index.ts';
import { modelMissing } from './logged-model.ts';
import { putModelMetrics } from './model-metric-store.ts';
import { findModels } from './model-store.ts';

/** A run's point that may be about a model, measured on a dataset. */
export interface LinkedMetric extends Metric {
  readonly model_id?: string;
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
}

/**
 * Writes those points of a run that are about models to the models. Throws RESOURCE_DOES_NOT_EXIST
 * before anything is written when a model is not there.
 */
export async function logModelMetrics(
  runId: string,
  metrics: readonly LinkedMetric[],
): Promise<void> {
  const linked = metrics.filter(({ model_id }) => model_id);
  if (linked.length === 0) return;
  const groups = [...Map.groupBy(linked, groupOf).values()];
  const models = await findModels([...new Set(linked.map(({ model_id = '' }) => model_id))]);
  const byId = new Map(models.map((model) => [model.model_id, model]));
  const writes = groups.map((points) => {
    const [{ model_id = '', dataset_name, dataset_digest } = {}] = points;
    const model = byId.get(model_id);
    if (!model) throw modelMissing(model_id);
    return { model, run_id: runId, dataset_name, dataset_digest, points };
  });
  await Promise.all(writes.map(putModelMetrics));
}

const groupOf = ({ model_id, dataset_name, dataset_digest }: LinkedMetric) =>
  JSON.stringify([model_id, dataset_name, dataset_digest]);
