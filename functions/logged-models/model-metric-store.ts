import { createHash } from 'node:crypto';
import { systemClock } from '../shared/clock.ts';
import { conditionHeld, key, queryAll, writeOne } from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import { comparePoints, type Metric, packMetrics, unpackMetrics } from '../tracking/index.ts';
import type { LoggedModel, ModelMetric } from './logged-model.ts';

/**
 * Points of models: an item for what one log call of a run says about one model and dataset. Items of
 * an experiment lie together, so that a search reads them at once.
 */
interface PointsItem {
  readonly pk: string;
  readonly sk: string;
  readonly run_id: string;
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
  readonly points: Uint8Array;
  /** Epoch milliseconds; items of before there was one are the oldest. */
  readonly logged_at?: number;
}

interface ModelPoints {
  readonly model: Pick<LoggedModel, 'experiment_id' | 'model_id'>;
  readonly run_id: string;
  readonly dataset_name: string | undefined;
  readonly dataset_digest: string | undefined;
  readonly points: readonly Metric[];
}

/** Bytes of packed points in one item; DynamoDB takes 400 KB. */
const MAX_ITEM = 256 * 1024;

const partition = (experimentId: string) => key('EXPERIMENT', experimentId);
const table = () => requiredEnv('METRICS_TABLE');

/** Adds points. The item is named after what it holds: a repeated call leaves it as it is. */
export async function putModelMetrics(given: ModelPoints): Promise<void> {
  const { model, run_id, dataset_name, dataset_digest, points } = given;
  const packed = packMetrics(points);
  if (packed.length > MAX_ITEM && points.length > 1) {
    const half = Math.ceil(points.length / 2);
    await putModelMetrics({ ...given, points: points.slice(0, half) });
    return putModelMetrics({ ...given, points: points.slice(half) });
  }
  const hash = createHash('sha256')
    .update(JSON.stringify([run_id, dataset_name ?? null, dataset_digest ?? null]))
    .update(packed)
    .digest('hex');
  const item: PointsItem = {
    pk: partition(model.experiment_id),
    sk: key('MODEL', model.model_id, hash.slice(0, 32)),
    run_id,
    ...(dataset_name && { dataset_name }),
    ...(dataset_digest && { dataset_digest }),
    points: packed,
    logged_at: systemClock(),
  };
  await conditionHeld(
    writeOne({ table: table(), put: item, condition: 'attribute_not_exists(pk)' }),
  );
}

/** Points of one model, by time. */
export async function metricsOfModel(
  model: Pick<LoggedModel, 'experiment_id' | 'model_id'>,
): Promise<readonly ModelMetric[]> {
  const byModel = await read(model.experiment_id, key('MODEL', model.model_id, ''));
  return byModel.get(model.model_id) ?? [];
}

/** Points of an experiment's models by model, each by time. */
export const metricsOfModels = (
  experimentId: string,
): Promise<ReadonlyMap<string, readonly ModelMetric[]>> => read(experimentId, 'MODEL#');

async function read(experimentId: string, prefix: string): Promise<Map<string, ModelMetric[]>> {
  const items: PointsItem[] = [];
  const byModel = new Map<string, ModelMetric[]>();
  for await (const item of queryAll<PointsItem>({
    table: table(),
    condition: 'pk = :pk AND begins_with(sk, :prefix)',
    values: { ':pk': partition(experimentId), ':prefix': prefix },
  })) {
    items.push(item);
  }
  for (const item of items.sort((a, b) => (a.logged_at ?? 0) - (b.logged_at ?? 0))) {
    const modelId = item.sk.split('#')[1] ?? '';
    const { run_id, dataset_name, dataset_digest } = item;
    const origin = {
      run_id,
      ...(dataset_name && { dataset_name }),
      ...(dataset_digest && { dataset_digest }),
    };
    const metrics = byModel.get(modelId) ?? [];
    for (const point of unpackMetrics(item.points)) metrics.push({ ...point, ...origin });
    byModel.set(modelId, metrics);
  }
  for (const [modelId, metrics] of byModel) byModel.set(modelId, distinct(metrics));
  return byModel;
}

/** By time. Of what a run says twice about a metric at a step and time on a dataset, the first counts. */
function distinct(metrics: readonly ModelMetric[]): ModelMetric[] {
  const seen = new Map<string, ModelMetric>();
  for (const metric of metrics) {
    const { key, step, timestamp, run_id, dataset_name, dataset_digest } = metric;
    const origin = [run_id, dataset_name, dataset_digest];
    const identity = JSON.stringify([key, `${step}`, `${timestamp}`, ...origin]);
    if (!seen.has(identity)) seen.set(identity, metric);
  }
  return [...seen.values()].sort(
    (a, b) => comparePoints(a, b) || (a.key < b.key ? -1 : Number(a.key > b.key)),
  );
}
