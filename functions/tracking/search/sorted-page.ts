import { fromPageToken, toPageToken } from '../../mlflow/index.ts';
import type { Literal, OrderClause, SortValues } from '../../search/index.ts';

/** Sort values of a page's last row: the next page starts behind them, whatever was added before. */
interface Position {
  readonly values: readonly (Literal | null)[];
}

/** The clauses asked for, then those of `ties` that they do not name, which make the order total. */
export const fullOrder = (asked: readonly OrderClause[], ties: readonly OrderClause[]) => [
  ...asked,
  ...ties.filter(
    (tie) => !asked.some(({ entity, key }) => entity === tie.entity && key === tie.key),
  ),
];

export const tokenBehind = (values: SortValues): string =>
  toPageToken({ values: values.map(keep) } satisfies Position);

/** Throws for a token of another order. */
export function positionOf(
  order: readonly OrderClause[],
  token: string | undefined,
): SortValues | undefined {
  const isValid = ({ values }: Partial<Position>) =>
    Array.isArray(values) && values.length === order.length;
  return fromPageToken<Position>(token, isValid)?.values.map(restore);
}

/** JSON knows neither NaN nor a missing value. */
const keep = (value: Literal | undefined) =>
  value === undefined ? null : Number.isNaN(value) ? 'NaN' : value;
const restore = (value: Literal | null) =>
  value === null ? undefined : value === 'NaN' ? Number.NaN : value;
