import { compareRows, type SortValues } from '../search/index.ts';
import { chunksOf } from '../shared/chunks.ts';
import { invalid } from '../shared/errors.ts';
import { bytesInAnswer } from '../shared/http/bytes-in-answer.ts';
import { type LoggedModel, type ModelMetric, toWireModel } from './logged-model.ts';
import {
  type DatasetFilter,
  isAboutMetrics,
  type ModelCondition,
  matchesModel,
  parseModelFilter,
} from './model-filter.ts';
import { metricsOfModel, metricsOfModels } from './model-metric-store.ts';
import {
  fullModelOrder,
  isListOrder,
  type ModelOrder,
  type OrderBy,
  positionIn,
  sortValueOf,
  tokenBehind,
} from './model-order.ts';
import { modelsOfExperiment } from './model-store.ts';

interface SearchLoggedModelsInput {
  readonly experiment_ids: readonly string[];
  readonly filter?: string;
  readonly datasets: readonly Partial<DatasetFilter>[];
  readonly max_results?: number;
  readonly order_by: readonly OrderBy[];
  readonly page_token?: string;
}

interface Found {
  readonly model: LoggedModel;
  readonly values: SortValues;
  /** Absent when the search did not need them. */
  readonly metrics: readonly ModelMetric[] | undefined;
}

interface Query {
  readonly filter: readonly ModelCondition[];
  readonly datasets: readonly DatasetFilter[];
  readonly order: readonly ModelOrder[];
  readonly after: SortValues | undefined;
  readonly limit: number;
}

const STANDARD_SIZE = 50;

/** Bytes of a page: an answer of a function has at most 6 MB. Clients follow the token. */
const MAX_PAGE = 5_500_000;

/** Points that a page shows of a model, the newest. */
const MAX_POINTS = 2000;

/** Models whose points are read at the same time. */
const CONCURRENCY = 20;

/** Models of experiments that match a filter, the newest first unless told otherwise. */
export async function searchLoggedModels(input: SearchLoggedModelsInput): Promise<object> {
  const { experiment_ids, filter, order_by, max_results } = input;
  const search = { experiment_ids, filter: filter || null, order_by };
  const query: Query = {
    filter: parseModelFilter(filter),
    datasets: input.datasets.map(checkDataset),
    order: fullModelOrder(order_by),
    after: positionIn(search, input.page_token),
    limit: max_results || STANDARD_SIZE,
  };
  if (query.limit < 1)
    throw invalid(`Invalid value ${max_results} for parameter 'max_results' supplied`);
  const found: Found[] = [];
  for (const experimentId of new Set(experiment_ids)) {
    found.push(...(await findInExperiment(experimentId, query)));
  }
  found.sort((a, b) => compareRows(a.values, b.values, query.order));
  const models = await pageOf(found.slice(0, query.limit));
  const last = found[models.length - 1];
  const more = last && models.length < found.length;
  return { models, ...(more && { next_page_token: tokenBehind(search, last.values) }) };
}

function checkDataset({ dataset_name, dataset_digest }: Partial<DatasetFilter>): DatasetFilter {
  if (!dataset_name) throw invalid('`dataset_name` in the `datasets` clause must be specified.');
  return { dataset_name, ...(dataset_digest && { dataset_digest }) };
}

/** Matches of one experiment; in the order of the list no more than one page and one model. */
async function findInExperiment(experimentId: string, query: Query): Promise<Found[]> {
  const { filter, datasets, order, after, limit } = query;
  const listed = isListOrder(order);
  const needsMetrics = datasets.length > 0 || [...filter, ...order].some(isAboutMetrics);
  const metrics = needsMetrics ? await metricsOfModels(experimentId) : undefined;
  const found: Found[] = [];
  const models = modelsOfExperiment(experimentId, {
    pageSize: listed ? Math.min(100, limit + 1) : 100,
    ...(listed &&
      after && {
        after: { creation_timestamp_ms: Number(after[0]), model_id: String(after[1]) },
      }),
  });
  for await (const model of models) {
    if (model.lifecycle_stage === 'deleted') continue;
    const own = metrics?.get(model.model_id) ?? [];
    const values = order.map((one) => sortValueOf(model, own, one));
    if (after && compareRows(values, after, order) <= 0) continue;
    if (!matchesModel(model, own, filter, datasets)) continue;
    found.push({ model, values, metrics: metrics && own });
    if (listed && found.length > limit) break;
  }
  return found;
}

async function pageOf(found: readonly Found[]): Promise<object[]> {
  const models: object[] = [];
  let size = 0;
  for (const batch of chunksOf(found, CONCURRENCY)) {
    if (size >= MAX_PAGE) break;
    const points = await Promise.all(
      batch.map(({ model, metrics }) => metrics ?? metricsOfModel(model)),
    );
    for (const [i, { model }] of batch.entries()) {
      const wire = toWireModel(model, (points[i] ?? []).slice(-MAX_POINTS));
      size += bytesInAnswer(JSON.stringify(wire));
      if (size > MAX_PAGE && models.length > 0) break;
      models.push(wire);
    }
  }
  return models;
}
