import { type Int64, pageSize } from '../../mlflow/index.ts';
import {
  checkComparison,
  type OrderClause,
  parseFilter,
  parseOrderBy,
} from '../../search/index.ts';
import { chunksOf } from '../../shared/chunks.ts';
import { invalid } from '../../shared/errors.ts';
import type { HttpResult } from '../../shared/http/api.ts';
import { detailsOf, type RunDetails, wireRunJson } from '../runs/describe-run.ts';
import { detailsOfRow } from '../segments/segment-details.ts';
import type { ViewType } from '../view-type.ts';
import { type FoundRun, findRuns } from './find-runs.ts';
import { RUN_FIELDS, RUN_ORDER_FIELDS } from './search-fields.ts';
import { fullOrder, MAX_PAGE, pageAnswer, positionOf } from './sorted-page.ts';

interface SearchRunsInput {
  readonly experiment_ids: readonly string[];
  readonly filter?: string;
  readonly run_view_type?: ViewType;
  readonly max_results?: Int64;
  readonly order_by: readonly string[];
  readonly page_token?: string;
}

const MAX_RESULTS = 50_000;

/** Runs described together. */
const BATCH = 200;

/** The order of the list of runs, in which MLflow also breaks ties. */
const TIES = [
  { entity: 'attribute', key: 'start_time', kind: 'number', descending: true },
  { entity: 'attribute', key: 'run_id', kind: 'string', descending: false },
] as const satisfies readonly OrderClause[];

export async function searchRuns(input: SearchRunsInput): Promise<HttpResult> {
  const limit = pageSize(input.max_results, 1000, MAX_RESULTS);
  const filter = parseFilter(input.filter).map((one) => checkComparison(one, RUN_FIELDS));
  const asked = parseOrderBy(input.order_by, RUN_ORDER_FIELDS);
  if (asked.some(({ entity }) => entity === 'dataset')) {
    throw invalid("Invalid order_by entity type 'dataset'");
  }
  const order = fullOrder(asked, TIES);
  const found = await findRuns({
    experimentIds: input.experiment_ids,
    filter,
    view: input.run_view_type,
    order,
    newestFirst: isListOrder(order),
    after: positionOf(order, input.page_token),
    limit: limit + 1,
  });
  return pageOf(found, limit);
}

/** The body is put together from runs that are encoded already: it may have many thousands. */
async function pageOf(found: readonly FoundRun[], limit: number): Promise<HttpResult> {
  const described: string[] = [];
  let characters = 0;
  for (const batch of chunksOf(found.slice(0, limit), BATCH)) {
    if (characters >= MAX_PAGE) break;
    for (const details of await describe(batch)) {
      const run = wireRunJson(details);
      characters += run.length;
      described.push(run);
    }
  }
  return pageAnswer('runs', described, found);
}

/** Everything about the found runs, in their order. */
async function describe(found: readonly FoundRun[]): Promise<RunDetails[]> {
  const heads = found.flatMap(({ item }) => ('run' in item ? [item.run] : []));
  const described = (await detailsOf(heads)).values();
  const details: RunDetails[] = [];
  for (const { item } of found) {
    if ('details' in item) details.push(item.details);
    else if ('run' in item) details.push(described.next().value as RunDetails);
    else details.push(await detailsOfRow(item.segment, item.row, item.by));
  }
  return details;
}

const isListOrder = (order: readonly OrderClause[]) =>
  order.length === TIES.length &&
  TIES.every(({ key, descending }, i) => {
    const clause = order[i];
    return clause?.entity === 'attribute' && clause.key === key && clause.descending === descending;
  });
