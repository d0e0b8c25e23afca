import { compareInt64 } from '../mlflow/index.ts';
import {
  type Comparison,
  holds,
  type Literal,
  type Operator,
  parseLooseFilter,
} from '../search/index.ts';
import { invalid } from '../shared/errors.ts';
import { pythonQuoted, strip } from '../shared/python-text.ts';
import type { LoggedModel, ModelMetric } from './logged-model.ts';

/** A condition on models; `entity` is one of ENTITIES. */
export interface ModelCondition extends Comparison {
  readonly entity: Entity;
}

/** A dataset on which metrics must have been measured. */
export interface DatasetFilter {
  readonly dataset_name: string;
  readonly dataset_digest?: string;
}

const ENTITIES = ['attributes', 'metrics', 'params', 'tags'] as const;
type Entity = (typeof ENTITIES)[number];

const NUMERIC: readonly Operator[] = ['<', '<=', '>', '>=', '=', '!='];
const TEXT: readonly Operator[] = ['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'];

const ALIASES: Readonly<Record<string, string>> = {
  creation_time: 'creation_timestamp_ms',
  creation_timestamp: 'creation_timestamp_ms',
  last_updated_timestamp: 'last_updated_timestamp_ms',
  artifact_location: 'artifact_uri',
};

const ATTRIBUTES: Readonly<Record<string, 'string' | 'number'>> = {
  model_id: 'string',
  experiment_id: 'string',
  name: 'string',
  artifact_uri: 'string',
  creation_timestamp_ms: 'number',
  last_updated_timestamp_ms: 'number',
  status: 'string',
  status_message: 'string',
  lifecycle_stage: 'string',
  model_type: 'string',
  source_run_id: 'string',
};

/** The attribute that a name means, or nothing. */
export function attributeNamed(name: string): string | undefined {
  if (Object.hasOwn(ALIASES, name)) return ALIASES[name];
  // MLflow's server names it by its alias only.
  return Object.hasOwn(ATTRIBUTES, name) && name !== 'artifact_uri' ? name : undefined;
}

/** Conditions of a filter over logged models, with MLflow's refusals. */
export function parseModelFilter(filter: string | undefined): ModelCondition[] {
  const refuse = () =>
    invalid(
      `Invalid filter string: ${pythonQuoted(filter ?? '')}. Expected a list of comparisons separated by ` +
        "'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').",
    );
  if (filter && filter.trim() === '') {
    throw invalid(
      `Invalid filter string: ${pythonQuoted(filter)}. Expected a single SQL expression.`,
    );
  }
  return parseLooseFilter(filter, refuse).map(checkCondition);
}

function checkCondition(comparison: Comparison): ModelCondition {
  const entity = ENTITIES.find((one) => one === (comparison.entity ?? 'attributes'));
  if (!entity) {
    const valid = ENTITIES.map((one) => `'${one}'`).join(', ');
    throw invalid(`Invalid entity type: '${comparison.entity}'. Expected one of [${valid}].`);
  }
  const key = entity === 'attributes' ? attributeNamed(comparison.key) : comparison.key;
  if (key === undefined) {
    const valid = Object.keys(ATTRIBUTES).join(', ');
    throw invalid(
      `Invalid attribute key '${comparison.key}' specified. Valid keys are '[${valid}]'`,
    );
  }
  const numeric = entity === 'metrics' || (entity === 'attributes' && ATTRIBUTES[key] === 'number');
  const { operator, value, spelling } = comparison;
  if (spelling || !(numeric ? NUMERIC : TEXT).includes(operator)) {
    const valid = TEXT.map((one) => `'${one}'`).join(', ');
    throw invalid(
      `Invalid comparison operator for ${entity}.${key}: '${spelling ?? operator}'. Expected one of (${valid}).`,
    );
  }
  const isStatus = entity === 'attributes' && key === 'status';
  const read = (one: unknown): Literal =>
    numeric ? toNumber(one) : isStatus ? statusNamed(one) : String(one);
  return { entity, key, operator, value: Array.isArray(value) ? value.map(read) : read(value) };
}

function toNumber(value: unknown): number {
  const text = String(value);
  const number = /^$|^[-+]?0[xob]/i.test(strip(text)) ? Number.NaN : Number(text);
  if (Number.isNaN(number)) throw invalid(`Expected a numeric value, found '${text}'`);
  return number;
}

/** `READY` for `LOGGED_MODEL_READY`: clients use the short names. */
const statusNamed = (value: unknown): string => String(value).replace(/^LOGGED_MODEL_/, '');

export const isAboutMetrics = ({ entity }: { readonly entity: string }) => entity === 'metrics';

/** An attribute as filters see it. */
export function attributeOf(model: LoggedModel, key: string): Literal | undefined {
  if (key === 'status') return statusNamed(model.status);
  // As MLflow's server stores what was not given.
  if (key === 'model_type' || key === 'source_run_id') return model[key] ?? '';
  return (model as unknown as Readonly<Record<string, Literal>>)[key];
}

const isOn =
  ({ dataset_name, dataset_digest }: ModelMetric) =>
  (dataset: DatasetFilter): boolean =>
    dataset_name === dataset.dataset_name &&
    (!dataset.dataset_digest || dataset_digest === dataset.dataset_digest);

/**
 * Whether a model satisfies a filter. A condition on a metric holds when any of its points, on one of
 * the datasets if some are given, satisfies it; without such a condition, datasets ask for models that
 * were measured on one of them at all.
 */
export function matchesModel(
  model: LoggedModel,
  metrics: readonly ModelMetric[],
  filter: readonly ModelCondition[],
  datasets: readonly DatasetFilter[],
): boolean {
  const measured =
    datasets.length === 0 ? metrics : metrics.filter((metric) => datasets.some(isOn(metric)));
  if (datasets.length > 0 && measured.length === 0) return false;
  return filter.every((condition) => {
    const { entity, key } = condition;
    if (entity === 'metrics') {
      return measured.some((metric) => metric.key === key && holds(condition, metric.value));
    }
    if (entity === 'attributes') return holds(condition, attributeOf(model, key));
    const pairs = model[entity];
    return holds(condition, Object.hasOwn(pairs, key) ? pairs[key] : undefined);
  });
}

/** A model's value in an order by a metric: that of its newest point, on the dataset if one is given. */
export function newestValue(
  metrics: readonly ModelMetric[],
  key: string,
  dataset: Partial<DatasetFilter>,
): number | undefined {
  let newest: ModelMetric | undefined;
  for (const metric of metrics) {
    if (metric.key !== key) continue;
    if (dataset.dataset_name && metric.dataset_name !== dataset.dataset_name) continue;
    if (dataset.dataset_digest && metric.dataset_digest !== dataset.dataset_digest) continue;
    if (!newest || isNewer(metric, newest)) newest = metric;
  }
  return newest?.value;
}

const isNewer = (a: ModelMetric, b: ModelMetric) =>
  (compareInt64(a.timestamp, b.timestamp) || compareInt64(a.step, b.step)) > 0;
