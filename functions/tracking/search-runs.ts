import { pageSize } from '../mlflow/index.ts';
import { checkComparison, type OrderClause, parseFilter, parseOrderBy } from '../search/index.ts';
import { invalid } from '../shared/errors.ts';
import { detailsOf, type RunDetails, toWireRun } from './describe-run.ts';
import type { Run } from './run.ts';
import { fieldOf, matches, usesMore } from './run-fields.ts';
import { runsOfExperiment } from './run-store.ts';
import { RUN_FIELDS } from './search-fields.ts';
import { compareRows, fullOrder, positionOf, type SortValues, tokenBehind } from './sorted-page.ts';
import { isInView, type ViewType } from './view-type.ts';

export interface SearchRunsInput {
  readonly experiment_ids: readonly string[];
  readonly filter?: string;
  readonly run_view_type?: ViewType;
  readonly max_results?: number;
  readonly order_by: readonly string[];
  readonly page_token?: string;
}

interface Candidate {
  readonly details: RunDetails;
  readonly values: SortValues;
}

const MAX_RESULTS = 50_000;

/** Characters of a page: an answer of a function has at most 6 MB. Clients follow the token. */
const MAX_PAGE = 4_000_000;

/** Runs looked at together. */
const BATCH = 200;

/** The order of the list of runs, in which MLflow also breaks ties. */
const TIES = [
  { entity: 'attribute', key: 'start_time', kind: 'number', descending: true },
  { entity: 'attribute', key: 'run_id', kind: 'string', descending: false },
] as const satisfies readonly OrderClause[];

export async function searchRuns(input: SearchRunsInput): Promise<object> {
  const limit = pageSize(input.max_results, 1000, MAX_RESULTS);
  const filter = parseFilter(input.filter).map((one) => checkComparison(one, RUN_FIELDS));
  const asked = parseOrderBy(input.order_by, RUN_FIELDS);
  if (asked.some(({ entity }) => entity === 'dataset')) {
    throw invalid("Invalid order_by entity type 'dataset'");
  }
  const order = fullOrder(asked, TIES);
  const after = positionOf(order, input.page_token);
  const listed = isListOrder(order);
  const complete = usesMore([...filter, ...order]);
  const size = listed ? Math.min(BATCH, limit + 1) : BATCH;
  const found: Candidate[] = [];
  for (const experimentId of new Set(input.experiment_ids)) {
    const runs = runsOfExperiment(experimentId, {
      pageSize: size,
      ...(listed && after && { after: { start_time: Number(after[0]), run_id: String(after[1]) } }),
    });
    let wanted = limit + 1;
    for await (const batch of batches(inView(runs, input.run_view_type), size)) {
      for (const details of complete ? await detailsOf(batch) : batch.map(bare)) {
        const values = order.map(({ entity, key }) => fieldOf(details, entity, key));
        if (after && compareRows(values, after, order) <= 0) continue;
        if (!matches(details, filter)) continue;
        found.push({ details, values });
        wanted -= 1;
      }
      if (listed && wanted <= 0) break;
    }
  }
  found.sort((a, b) => compareRows(a.values, b.values, order));
  return pageOf(found, limit, complete);
}

async function pageOf(
  found: readonly Candidate[],
  limit: number,
  complete: boolean,
): Promise<object> {
  const runs: object[] = [];
  let size = 0;
  for (let start = 0; start < Math.min(found.length, limit) && size < MAX_PAGE; start += BATCH) {
    const batch = found.slice(start, Math.min(start + BATCH, limit)).map(({ details }) => details);
    for (const details of complete ? batch : await detailsOf(batch.map(({ run }) => run))) {
      const run = toWireRun(details);
      size += JSON.stringify(run).length;
      if (size > MAX_PAGE && runs.length > 0) break;
      runs.push(run);
    }
  }
  const last = found[runs.length - 1];
  const more = last && runs.length < found.length;
  return {
    runs,
    ...(more && { next_page_token: tokenBehind(last.values) }),
  };
}

/** Metrics and inputs are read for all candidates only when filter or order ask for them. */
const bare = (run: Run): RunDetails => ({ run, metrics: [], inputs: [] });

async function* inView(runs: AsyncIterable<Run>, view: ViewType | undefined) {
  for await (const run of runs) if (isInView(run.lifecycle_stage, view)) yield run;
}

async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

const isListOrder = (order: readonly OrderClause[]) =>
  order.length === TIES.length &&
  TIES.every(({ key, descending }, i) => {
    const clause = order[i];
    return clause?.entity === 'attribute' && clause.key === key && clause.descending === descending;
  });
