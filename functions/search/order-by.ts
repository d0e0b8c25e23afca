import { invalid } from '../shared/errors.ts';
import type { Literal } from './comparison.ts';
import { type FieldKind, resolveField, type SearchFields } from './field-rules.ts';
import { tokenize } from './lexer.ts';

export interface OrderClause {
  readonly entity: string;
  readonly key: string;
  readonly kind: FieldKind;
  readonly descending: boolean;
}

/** `["metrics.a DESC", "name"]` → clauses. A field named twice is refused. */
export function parseOrderBy(clauses: readonly string[], fields: SearchFields): OrderClause[] {
  const parsed = clauses.map((clause) => parseClause(clause, fields));
  const names = parsed.map(({ entity, key }) => `${entity}.${key}`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice) throw invalid(`order_by contains duplicate fields: ${clauses.join(', ')}`);
  return parsed;
}

function parseClause(clause: string, fields: SearchFields): OrderClause {
  const tokens = tokenize(clause);
  const last = tokens.at(-1);
  const direction = last?.kind === 'word' ? /^(asc|desc)$/i.exec(last.text)?.[1] : undefined;
  const names = (direction && tokens.length > 1 ? tokens.slice(0, -1) : tokens).filter(
    ({ kind }) => kind !== 'punctuation',
  );
  const [first, ...rest] = names.map(({ text }) => text);
  const words = names.filter(({ kind }) => kind === 'word').length;
  if (first === undefined || (rest.length === 0 && words > 1)) {
    throw invalid(`Invalid order_by clause '${clause}'`);
  }
  const identifier = rest.length > 0 ? { entity: first, key: rest.join('.') } : { key: first };
  const descending = direction?.toUpperCase() === 'DESC' && tokens.length > 1;
  return { ...resolveField(identifier, fields), descending };
}

/** Numbers first, then NaN, then missing values, in both directions; MLflow's order. */
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
