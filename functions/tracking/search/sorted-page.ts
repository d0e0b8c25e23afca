import { fromPageToken, toPageToken } from '../../mlflow/index.ts';
import type { Literal, OrderClause, SortValues } from '../../search/index.ts';
import type { HttpResult } from '../../shared/http/api.ts';
import { fittingInAnswer } from '../../shared/http/bytes-in-answer.ts';

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

/**
 * Bytes of a page: an answer of a function has at most 6 MB, as a JSON text inside of which the page is
 * a JSON text again. Clients follow the token.
 */
export const MAX_PAGE = 5_500_000;

/**
 * The page of the first of the found rows, which are described as JSON already: as many of them as an answer
 * holds, at least one, and a token if there are more.
 */
export function pageAnswer(
  name: string,
  described: readonly string[],
  found: readonly { readonly values: SortValues }[],
): HttpResult {
  const items = described.slice(0, Math.max(1, fittingInAnswer(described, MAX_PAGE)));
  const last = found[items.length - 1];
  const more = last && items.length < found.length;
  const token = more && `"next_page_token":${JSON.stringify(tokenBehind(last.values))}`;
  const list = items.length > 0 && `"${name}":[${items.join(',')}]`;
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: `{${[list, token].filter(Boolean).join(',')}}`,
  };
}

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
