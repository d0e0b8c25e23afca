import { fromPageToken, toPageToken } from '../../mlflow/index.ts';
import {
  type CheckedComparison,
  compareValues,
  holds,
  type Literal,
  type OrderClause,
} from '../../search/index.ts';
import { PROMPT_TAG } from '../prompt.ts';

/** What filters and orders look at. */
export interface Searchable {
  readonly tags: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, Literal | undefined>>;
}

export type Clause = Pick<OrderClause, 'entity' | 'key' | 'descending'>;

export const by = (key: string, descending = false): Clause => ({
  entity: 'attribute',
  key,
  descending,
});

export const fieldOf = (item: Searchable, entity: string, key: string): Literal | undefined =>
  entity === 'tag' ? item.tags[key] : item.attributes[key];

/**
 * Whether a filter asks for prompts, by `tags.`mlflow.prompt.is_prompt` = 'true'`. One that does not finds
 * none, and its conditions on that tag mean nothing: models need not have it.
 */
export function aboutPrompts(filter: readonly CheckedComparison[]): {
  readonly filter: readonly CheckedComparison[];
  readonly prompts: boolean;
} {
  const isAbout = ({ entity, key }: CheckedComparison) => entity === 'tag' && key === PROMPT_TAG;
  const first = filter.find(isAbout);
  const value = String(first?.value).toLowerCase();
  const prompts =
    (first?.operator === '=' && value === 'true') ||
    (first?.operator === '!=' && value === 'false');
  return { filter: prompts ? filter : filter.filter((one) => !isAbout(one)), prompts };
}

/** Whether an item satisfies every condition. */
export const matches = (item: Searchable, filter: readonly CheckedComparison[]): boolean =>
  filter.every((comparison) => {
    const { entity, key } = comparison;
    return holds(comparison, fieldOf(item, entity, key));
  });

function compareItems(a: Searchable, b: Searchable, clauses: readonly Clause[]): number {
  for (const { entity, key, descending } of clauses) {
    const order = compareValues(fieldOf(a, entity, key), fieldOf(b, entity, key), descending);
    if (order !== 0) return order;
  }
  return 0;
}

/** The texts that a condition demands of an attribute, if the filter has one. */
export function demanded(
  filter: readonly CheckedComparison[],
  attribute: string,
): string[] | undefined {
  for (const { entity, key, operator, value } of filter) {
    if (entity !== 'attribute' || key !== attribute) continue;
    if (operator === '=') return [String(value)];
    if (operator === 'IN' && Array.isArray(value)) return [...new Set(value.map(String))];
  }
  return undefined;
}

/** The clauses asked for, then the standard ones, which make the order total. */
export const fullOrder = (asked: readonly Clause[], standard: readonly Clause[]): Clause[] => [
  ...asked,
  ...standard.filter(({ key }) => !asked.some((clause) => clause.key === key)),
];

/**
 * One page in a total order. The token holds the sort values of the page's last item, so that items
 * which come or go meanwhile neither repeat nor hide others.
 */
export function page<T extends Searchable>(
  items: readonly T[],
  clauses: readonly Clause[],
  limit: number,
  token: string | undefined,
): { items: T[]; next?: string } {
  const last = fromPageToken<Searchable>(token);
  const rest = items
    .filter((item) => !last || compareItems(item, last, clauses) > 0)
    .sort((a, b) => compareItems(a, b, clauses));
  const found = rest.slice(0, limit);
  const end = found.at(-1);
  if (!end || rest.length <= limit) return { items: found };
  return { items: found, next: toPageToken(sortValues(end, clauses)) };
}

/** What a page token holds of an item. */
export function sortValues(item: Searchable, clauses: readonly Clause[]): Searchable {
  const values = (entity: string) =>
    Object.fromEntries(
      clauses
        .filter((clause) => clause.entity === entity)
        .map(({ key }) => [key, fieldOf(item, entity, key)]),
    );
  return {
    attributes: values('attribute'),
    tags: values('tag') as Searchable['tags'],
  };
}
