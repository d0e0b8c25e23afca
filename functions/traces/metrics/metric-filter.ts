import { parseFilter, unquoted, withoutBackticks } from '../../search/index.ts';
import { invalid } from '../../shared/errors.ts';
import { METRIC_FILTERS, type MetricFilter, type ViewType } from './trace-metrics.ts';

const isView = (view: string | undefined): view is MetricFilter['view'] =>
  view !== undefined && Object.hasOwn(METRIC_FILTERS, view);

/** Parses one condition of a query for metrics, with MLflow's refusals. */
export function parseMetricFilter(filter: string, view: ViewType): MetricFilter {
  const [condition, ...more] = parseFilter(filter);
  if (!condition || more.length > 0) {
    throw invalid(`Invalid filter: '${filter}'. Expected one filter clause.`);
  }
  const { operator, value } = condition;
  const about = condition.entity && withoutBackticks(condition.entity);
  const path = condition.raw ?? condition.key;
  if (about === undefined) {
    throw invalid(
      `Invalid identifier '${path}'. Columns should be specified as 'trace.<key>', 'span.<key>', 'assessment.<key>'.`,
    );
  }
  if (!isView(about)) {
    throw invalid(
      `Invalid view type '${about}'. Valid values are ${Object.keys(METRIC_FILTERS).join(', ')}`,
    );
  }
  const [entity = '', ...rest] = path.split('.');
  const key = unquoted(rest.join('.'));
  const entities = METRIC_FILTERS[about];
  if (!Object.hasOwn(entities, entity)) {
    throw invalid(
      `Invalid entity '${entity}' specified for view type '${about}'. ` +
        `Valid entities are [${Object.keys(entities).join(', ')}]`,
    );
  }
  if (entities[entity] && !key) {
    throw invalid(
      `Filtering by ${entity} requires a key, e.g. '${about}.${entity}.<key> = <value>'`,
    );
  }
  if (!entities[entity] && key) {
    throw invalid(
      `Filtering by ${entity} does not require a key, use '${about}.${entity}' instead`,
    );
  }
  if (operator !== '=') {
    throw invalid(`Invalid comparator: '${operator}', only '=' operator is supported`);
  }
  if (typeof value !== 'string') {
    throw invalid(
      `Expected a quoted string value for ${entity} value (e.g. 'my-value'). Got value ${value}`,
    );
  }
  const other = { trace: undefined, span: 'SPANS', assessment: 'ASSESSMENTS' }[about];
  if (other && other !== view) {
    throw invalid(`Filtering by ${about} is only supported for ${other} view type, got ${view}`);
  }
  return { view: about, entity, ...(key && { key }), value };
}
