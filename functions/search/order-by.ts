import { invalid } from '../shared/errors.ts';
import type { Literal } from './comparison.ts';
import { type FieldKind, resolveField, type SearchFields } from './field-rules.ts';
import { type Identifier, TokenReader } from './reader.ts';

export interface OrderClause {
  readonly entity: string;
  readonly key: string;
  readonly kind: FieldKind;
  readonly descending: boolean;
}

/** `["metrics.a DESC", "name"]` → clauses. A field named twice is refused unless it may be. */
export function parseOrderBy(
  clauses: readonly string[],
  fields: SearchFields,
  { twice = false }: { readonly twice?: boolean } = {},
): OrderClause[] {
  const parsed = clauses.map((clause) => {
    const { descending, ...identifier } = parseClause(clause);
    checkOrderKey(identifier, fields);
    return { ...resolveField(identifier, fields), descending };
  });
  const names = parsed.map(({ entity, key }) => JSON.stringify([entity, key]));
  if (!twice && new Set(names).size < names.length) {
    throw invalid(`\`order_by\` contains duplicate fields: ${clauses.join(', ')}`);
  }
  return parsed;
}

/** Where an order knows nothing but its keys, MLflow names the whole of what is none. */
function checkOrderKey({ entity, key }: Identifier, { orderKeys }: SearchFields): void {
  const name = entity === undefined ? key : `${entity}.${key}`;
  if (!orderKeys || orderKeys.includes(name)) return;
  throw invalid(
    `Invalid order by key '${name}' specified. Valid keys are '${orderKeys.join(', ')}'`,
  );
}

function parseClause(clause: string): Identifier & { readonly descending: boolean } {
  const refuse = () => invalid(`Invalid order_by clause '${clause}'. Could not be parsed.`);
  const reader = new TokenReader(clause, refuse);
  if (reader.done()) throw refuse();
  const identifier = reader.identifier();
  const descending = reader.keyword('DESC');
  const directed = descending || reader.keyword('ASC');
  if (!directed && reader.take('word') && reader.done()) {
    throw invalid(`Invalid ordering key in order_by clause '${clause}'.`);
  }
  if (!reader.done()) throw refuse();
  return { ...identifier, descending };
}

/** Numbers and texts first, then NaN, then missing values, in both directions: MLflow's order. */
export function compareValues(
  a: Literal | undefined,
  b: Literal | undefined,
  descending: boolean,
): number {
  const difference = rank(a) - rank(b);
  if (difference !== 0) return difference;
  if (a === undefined || b === undefined || a === b || Number.isNaN(a)) return 0;
  return (a < b ? -1 : 1) * (descending ? -1 : 1);
}

function rank(value: Literal | undefined): number {
  if (value === undefined) return 2;
  return Number.isNaN(value) ? 1 : 0;
}
