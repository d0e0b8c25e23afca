import { encode, type Int64, storePageSize } from '../../mlflow/index.ts';
import {
  checkComparison,
  compareRows,
  holds,
  type Literal,
  type OrderClause,
  parseFilter,
  parseOrderBy,
} from '../../search/index.ts';
import { invalid } from '../../shared/errors.ts';
import type { HttpResult } from '../../shared/http/api.ts';
import { EXPERIMENT_FIELDS, EXPERIMENT_ORDER_FIELDS } from '../search/search-fields.ts';
import { MAX_PAGE, pageAnswer, positionOf } from '../search/sorted-page.ts';
import { isInView, type ViewType } from '../view-type.ts';
import { allExperiments } from './all-experiments.ts';
import { type Experiment, toWireExperiment } from './experiment.ts';

interface SearchExperimentsInput {
  readonly max_results?: Int64;
  readonly page_token?: string;
  readonly filter?: string;
  readonly order_by: readonly string[];
  readonly view_type?: ViewType;
}

const STANDARD_ORDER: readonly OrderClause[] = [
  { entity: 'attribute', key: 'creation_time', kind: 'number', descending: true },
  { entity: 'attribute', key: 'experiment_id', kind: 'number', descending: false },
];

export async function searchExperiments(input: SearchExperimentsInput): Promise<HttpResult> {
  const limit = storePageSize(input.max_results, 1000, 50_000);
  const filter = parseFilter(input.filter).map((one) => checkComparison(one, EXPERIMENT_FIELDS));
  const order = orderOf(input.order_by);
  const after = positionOf(order, input.page_token);
  const found = (await allExperiments())
    .filter((experiment) => isInView(experiment.lifecycle_stage, input.view_type))
    .filter((experiment) =>
      filter.every((one) => holds(one, fieldOf(experiment, one.entity, one.key))),
    )
    .map((experiment) => ({
      experiment,
      values: order.map(({ entity, key }) => fieldOf(experiment, entity, key)),
    }))
    .filter(({ values }) => !after || compareRows(values, after, order) > 0)
    .sort((a, b) => compareRows(a.values, b.values, order));
  const experiments: string[] = [];
  let characters = 0;
  for (const { experiment } of found.slice(0, limit)) {
    if (characters >= MAX_PAGE) break;
    const text = JSON.stringify(encode(toWireExperiment(experiment)));
    characters += text.length;
    experiments.push(text);
  }
  return pageAnswer('experiments', experiments, found);
}

/** The order that was asked for, then the newest id first. A field may be named twice: the second has no effect. */
function orderOf(orderBy: readonly string[]): readonly OrderClause[] {
  const asked = parseOrderBy(orderBy, EXPERIMENT_ORDER_FIELDS, { twice: true });
  if (asked.length === 0) return STANDARD_ORDER;
  const other = asked.find(({ entity }) => entity !== 'attribute');
  if (other) throw invalid(`Invalid order_by entity: ${other.entity}`);
  if (asked.some(({ key }) => key === 'experiment_id')) return asked;
  return [
    ...asked,
    { entity: 'attribute', key: 'experiment_id', kind: 'number', descending: true },
  ];
}

type Fields = Readonly<Record<string, Literal>>;

function fieldOf(experiment: Experiment, entity: string, key: string): Literal | undefined {
  if (entity === 'attribute' && key === 'experiment_id') return Number(experiment.experiment_id);
  const fields = entity === 'tag' ? experiment.tags : (experiment as unknown as Fields);
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}
