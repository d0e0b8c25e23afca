import { fromPageToken, storePageSize, toPageToken } from '../../mlflow/index.ts';
import {
  type CheckedComparison,
  type Comparison,
  checkComparison,
  compareRows,
  holds,
  type Literal,
  type Operator,
  type OrderClause,
  parseFilter,
  parseOrderBy,
  type SearchFields,
  type SortValues,
} from '../../search/index.ts';
import { invalid } from '../../shared/errors.ts';
import { bytesInAnswer } from '../../shared/http/bytes-in-answer.ts';
import { type EvaluationDataset, toWireDataset } from './dataset.ts';
import { allDatasets, datasetsOfExperiments, findDatasets } from './dataset-store.ts';

interface SearchDatasetsInput {
  readonly experiment_ids: readonly string[];
  readonly filter_string?: string;
  readonly max_results?: number;
  readonly order_by: readonly string[];
  readonly page_token?: string;
}

const TIMES = { created_time: 'number', last_update_time: 'number' } as const;
const FIELDS: SearchFields = {
  entities: { tags: { name: 'tag', kind: 'string' } },
  attributeNames: [],
  attributes: { name: 'string', created_by: 'string', last_updated_by: 'string', ...TIMES },
  plainEntities: true,
  plainKeys: 'all',
};
const ORDER_FIELDS: SearchFields = {
  entities: {},
  attributeNames: [],
  attributes: { name: 'string', ...TIMES },
  plainEntities: true,
  plainKeys: 'all',
};

const STANDARD_SIZE = 1000;
const MAX_SIZE = 50_000;

/** Bytes of a page: an answer of a function has at most 6 MB. Clients follow the token. */
const MAX_PAGE = 5_500_000;

const NEWEST: OrderClause = {
  entity: 'attribute',
  key: 'created_time',
  kind: 'number',
  descending: true,
};
const BY_ID: OrderClause = {
  entity: 'attribute',
  key: 'dataset_id',
  kind: 'string',
  descending: true,
};

/** Datasets of experiments, or all of them, that match a filter; the newest first unless told otherwise. */
export async function searchDatasets(input: SearchDatasetsInput): Promise<object> {
  const { experiment_ids } = input;
  const limit = storePageSize(input.max_results, STANDARD_SIZE, MAX_SIZE);
  const filter = parseFilter(input.filter_string).map(check);
  const asked = parseOrderBy(input.order_by, ORDER_FIELDS, { twice: true });
  const order = [...(asked.length > 0 ? asked : [NEWEST]), BY_ID];
  const after = positionIn(order, input.page_token);
  const listed = experiment_ids.length === 0 && asked.length === 0;
  const found: { readonly dataset: EvaluationDataset; readonly values: SortValues }[] = [];
  for await (const dataset of candidates(experiment_ids, listed ? after : undefined, limit)) {
    const values = order.map(({ key }) => attribute(dataset, key));
    if (after && compareRows(values, after, order) <= 0) continue;
    if (!filter.every((one) => holds(one, fieldOf(dataset, one)))) continue;
    found.push({ dataset, values });
    if (listed && found.length > limit) break;
  }
  found.sort((a, b) => compareRows(a.values, b.values, order));
  const datasets: object[] = [];
  let size = 0;
  for (const { dataset } of found.slice(0, limit)) {
    const wire = toWireDataset(dataset);
    size += bytesInAnswer(JSON.stringify(wire));
    if (size > MAX_PAGE && datasets.length > 0) break;
    datasets.push(wire);
  }
  const last = found[datasets.length - 1];
  const more = last && datasets.length < found.length;
  return { datasets, ...(more && { next_page_token: toPageToken({ values: last.values }) }) };
}

async function* candidates(
  experimentIds: readonly string[],
  after: SortValues | undefined,
  limit: number,
): AsyncGenerator<EvaluationDataset> {
  if (experimentIds.length > 0) {
    yield* await findDatasets(await datasetsOfExperiments(experimentIds));
    return;
  }
  const position = after && { created_time: Number(after[0]), dataset_id: String(after[1]) };
  yield* allDatasets(Math.min(100, limit + 1), position);
}

const TEXT: readonly Operator[] = ['=', '!=', 'LIKE', 'ILIKE'];

function check(comparison: Comparison): CheckedComparison {
  const checked = checkComparison(comparison, FIELDS);
  const { entity, kind, operator } = checked;
  if (kind === 'string' && !TEXT.includes(operator)) {
    const of = entity === 'tag' ? 'tag' : 'string attribute';
    throw invalid(`Invalid comparator for ${of}: ${operator}`);
  }
  return checked;
}

const fieldOf = (dataset: EvaluationDataset, { entity, key }: CheckedComparison) =>
  entity === 'attribute'
    ? attribute(dataset, key)
    : Object.hasOwn(dataset.tags, key)
      ? dataset.tags[key]
      : undefined;

const attribute = (dataset: EvaluationDataset, key: string): Literal | undefined =>
  (dataset as unknown as Readonly<Record<string, Literal | undefined>>)[key];

const positionIn = (order: readonly OrderClause[], token: string | undefined) =>
  fromPageToken<{ values: SortValues }>(
    token,
    ({ values }) => Array.isArray(values) && values.length === order.length,
  )?.values;
