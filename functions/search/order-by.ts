import { invalid } from '../shared/errors.ts';
import { strip } from '../shared/python-text.ts';
import type { Literal } from './comparison.ts';
import { type FieldKind, resolveField, type SearchFields } from './field-rules.ts';
import { shellWords } from './shell-words.ts';
import { identifierOf, SqlReader } from './sql-reader.ts';

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
    const { field, descending } = parseClause(clause);
    checkOrderKey(field, fields);
    return { ...resolveField(identifierOf(field), fields), descending };
  });
  const names = parsed.map(({ entity, key }) => JSON.stringify([entity, key]));
  if (!twice && new Set(names).size < names.length) {
    throw invalid(`\`order_by\` contains duplicate fields: ${clauses.join(', ')}`);
  }
  return parsed;
}

/** Where an order knows nothing but its keys, MLflow names the whole of what is none. */
function checkOrderKey(written: string, { orderKeys }: SearchFields): void {
  if (!orderKeys || orderKeys.includes(written)) return;
  throw invalid(
    `Invalid order by key '${written}' specified. Valid keys are '${orderKeys.join(', ')}'`,
  );
}

/** A field, with a direction or without, and not a blank before or behind. */
function parseClause(clause: string): { readonly field: string; readonly descending: boolean } {
  const refuse = () => invalid(`Invalid order_by clause '${clause}'. Could not be parsed.`);
  checkClause(clause, refuse);
  const words = shellWords(clause.replaceAll('`', '"'));
  if (!words || words.length > 2) throw refuse();
  const [field = '', last] = words;
  if (last === undefined) return { field: strip(clause), descending: false };
  // To MLflow a direction is a word of a shell, and what is before it another one, without its quotes.
  if (!/^(?:asc|desc)$/i.test(last)) {
    throw invalid(`Invalid ordering key in order_by clause '${clause}'.`);
  }
  return { field: strip(field), descending: last.toLowerCase() === 'desc' };
}

/** Refuses what is no field, with a word behind it or without. */
function checkClause(clause: string, refuse: () => Error): void {
  const reader = new SqlReader(clause, refuse);
  if (reader.position() > 0 || reader.done()) throw refuse();
  reader.written();
  // A number may be part of a key where a direction follows.
  const isNumbered = reader.peek()?.text.startsWith('.') && reader.take('number');
  if (isNumbered && reader.done()) throw refuse();
  reader.take('word', 'name', 'backtick', 'quoted', 'bracket');
  if (!reader.done() || reader.behind() < clause.length) throw refuse();
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
  const isLess = typeof a === 'string' && typeof b === 'string' ? isBefore(a, b) : a < b;
  return (isLess ? -1 : 1) * (descending ? -1 : 1);
}

/**
 * Whether a text comes before another by its characters, as in MLflow's database: JavaScript compares units of 16
 * bits, of which a character beyond these has two that are below some others.
 */
function isBefore(a: string, b: string): boolean {
  if (!BEYOND.test(a) && !BEYOND.test(b)) return a < b;
  for (let i = 0; ; i += 1) {
    const [one, other] = [a.codePointAt(i), b.codePointAt(i)];
    if (one === other && one !== undefined) continue;
    return (one ?? -1) < (other ?? -1);
  }
}

const BEYOND = /[\ud800-\udfff]/;

function rank(value: Literal | undefined): number {
  if (value === undefined) return 2;
  return Number.isNaN(value) ? 1 : 0;
}
