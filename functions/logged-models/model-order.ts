import { fromPageToken, toPageToken } from '../mlflow/index.ts';
import type { Literal, SortValues } from '../search/index.ts';
import { invalid } from '../shared/errors.ts';
import type { LoggedModel, ModelMetric } from './logged-model.ts';
import { attributeNamed, attributeOf, type DatasetFilter, newestValue } from './model-filter.ts';

/** An element of `order_by` as clients send it. */
export interface OrderBy extends Partial<DatasetFilter> {
  readonly field_name?: string;
  readonly ascending?: boolean;
}

/** What models are sorted by. */
export interface ModelOrder extends Partial<DatasetFilter> {
  readonly entity: 'attributes' | 'metrics';
  readonly key: string;
  readonly descending: boolean;
}

const CREATION = 'creation_timestamp_ms';

/** The order asked for, then the newest first, then by id. */
export function fullModelOrder(asked: readonly OrderBy[]): ModelOrder[] {
  const order = asked.map(parseOrder);
  const byCreation = order.some(({ entity, key }) => entity === 'attributes' && key === CREATION);
  return [
    ...order,
    ...(byCreation ? [] : [{ entity: 'attributes', key: CREATION, descending: true } as const]),
    { entity: 'attributes', key: 'model_id', descending: false },
  ];
}

function parseOrder({ field_name = '', ascending = true, ...dataset }: OrderBy): ModelOrder {
  const descending = !ascending;
  const dot = field_name.indexOf('.');
  if (dot >= 0 && field_name.slice(0, dot) === 'metrics') {
    return { entity: 'metrics', key: field_name.slice(dot + 1), descending, ...dataset };
  }
  const key = attributeNamed(field_name);
  if (key !== undefined) return { entity: 'attributes', key, descending };
  const hint = dot >= 0 ? '. Only metrics are supported.' : '';
  throw invalid(`Invalid order by field name: ${field_name}${hint}`);
}

export function sortValueOf(
  model: LoggedModel,
  metrics: readonly ModelMetric[],
  order: ModelOrder,
): Literal | undefined {
  if (order.entity === 'metrics') return newestValue(metrics, order.key, order);
  return attributeOf(model, order.key);
}

/** The newest first: the order in which models are listed anyway. */
export const isListOrder = (order: readonly ModelOrder[]): boolean =>
  order.length === 2 && order[0]?.key === CREATION && order[0].descending;

/** What a page belongs to: its token is worth nothing in another search. */
interface PagedSearch {
  readonly experiment_ids: readonly string[];
  readonly filter: string | null;
  readonly order_by: readonly OrderBy[];
}

interface Position extends PagedSearch {
  readonly values: readonly (Literal | null)[];
}

export const tokenBehind = (search: PagedSearch, values: SortValues): string =>
  toPageToken({ ...search, values: values.map(keep) } satisfies Position);

const MISMATCHES: Readonly<Record<keyof PagedSearch, string>> = {
  experiment_ids: 'Experiment IDs in the page token do not match the requested experiment IDs.',
  filter: 'Filter string in the page token does not match the requested filter string.',
  order_by: 'Order by in the page token does not match the requested order by.',
};

/** Sort values behind which the page begins. Throws for a token of another search. */
export function positionIn(search: PagedSearch, token: string | undefined): SortValues | undefined {
  const position = fromPageToken<Position>(token, ({ values }) => Array.isArray(values));
  if (!position) return undefined;
  for (const [name, mismatch] of Object.entries(MISMATCHES)) {
    const [expected, found] = [search, position].map((one) =>
      JSON.stringify(one[name as keyof PagedSearch]),
    );
    if (expected !== found) throw invalid(`${mismatch} Expected: ${expected}. Found: ${found}`);
  }
  return position.values.map(restore);
}

/** JSON knows neither NaN nor a missing value. */
const keep = (value: Literal | undefined) =>
  value === undefined ? null : Number.isNaN(value) ? 'NaN' : value;
const restore = (value: Literal | null) =>
  value === null ? undefined : value === 'NaN' ? Number.NaN : value;
