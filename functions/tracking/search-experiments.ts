import { fromPageToken, pageSize, toPageToken } from '../mlflow/index.ts';
import {
  checkComparison,
  compareValues,
  holds,
  type Literal,
  parseFilter,
  parseOrderBy,
} from '../search/index.ts';
import { type Experiment, toWireExperiment } from './experiment.ts';
import { allExperiments } from './experiment-store.ts';
import { EXPERIMENT_FIELDS } from './search-fields.ts';
import { isInView, type ViewType } from './view-type.ts';

export interface SearchExperimentsInput {
  readonly max_results?: number;
  readonly page_token?: string;
  readonly filter?: string;
  readonly order_by: readonly string[];
  readonly view_type?: ViewType;
}

const DEFAULT_ORDER = ['creation_time DESC'];

export async function searchExperiments(input: SearchExperimentsInput): Promise<object> {
  const limit = pageSize(input.max_results, 1000, 50_000);
  const comparisons = parseFilter(input.filter).map((one) =>
    checkComparison(one, EXPERIMENT_FIELDS),
  );
  const clauses = input.order_by.length > 0 ? input.order_by : DEFAULT_ORDER;
  const order = parseOrderBy(clauses, EXPERIMENT_FIELDS);
  const after = fromPageToken<{ id: string }>(input.page_token);
  const sorted = (await allExperiments())
    .filter((experiment) => isInView(experiment.lifecycle_stage, input.view_type))
    .filter((experiment) =>
      comparisons.every((one) => holds(one, fieldValue(experiment, one.entity, one.key))),
    )
    .sort((a, b) => {
      for (const { entity, key, descending } of order) {
        const difference = compareValues(
          fieldValue(a, entity, key),
          fieldValue(b, entity, key),
          descending,
        );
        if (difference !== 0) return difference;
      }
      return Number(a.experiment_id) - Number(b.experiment_id);
    });
  const start = after ? sorted.findIndex(({ experiment_id }) => experiment_id === after.id) + 1 : 0;
  const page = sorted.slice(start, start + limit);
  const last = page.at(-1);
  return {
    experiments: page.map(toWireExperiment),
    ...(last &&
      start + limit < sorted.length && {
        next_page_token: toPageToken({ id: last.experiment_id }),
      }),
  };
}

function fieldValue(experiment: Experiment, entity: string, key: string): Literal | undefined {
  if (entity === 'tags') return experiment.tags[key];
  return (experiment as unknown as Record<string, Literal | undefined>)[key];
}
