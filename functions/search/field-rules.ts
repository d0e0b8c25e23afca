import { invalid } from '../shared/errors.ts';
import type { Comparison, Operator } from './comparison.ts';

export type FieldKind = 'string' | 'number';

/** What a search knows: entities by their names, attributes by their keys. */
export interface SearchFields {
  /** Kind of the values of an entity with free keys, such as `params`. */
  readonly entities: Readonly<Record<string, { readonly name: string; readonly kind: FieldKind }>>;
  /** Names under which attributes may be given: `attribute`, `attr`. */
  readonly attributeNames: readonly string[];
  readonly attributes: Readonly<Record<string, FieldKind>>;
  /** Other spellings of attributes. */
  readonly aliases?: Readonly<Record<string, string>>;
}

const NUMERIC: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];
const TEXT: readonly Operator[] = [
  '=',
  '!=',
  'LIKE',
  'ILIKE',
  'NOT LIKE',
  'NOT ILIKE',
  'IN',
  'NOT IN',
  'IS NULL',
  'IS NOT NULL',
];

/** A comparison with its field resolved: `entity` is `attribute` or the name of an entity. */
export interface CheckedComparison extends Comparison {
  readonly entity: string;
  readonly kind: FieldKind;
}

/** Resolves and checks the field of a comparison, with MLflow's messages. */
export function checkComparison(comparison: Comparison, fields: SearchFields): CheckedComparison {
  const { entity, key, kind } = resolveField(comparison, fields);
  const { operator, value } = comparison;
  const allowed = kind === 'number' ? NUMERIC : TEXT;
  if (!allowed.includes(operator) && !operator.startsWith('IS')) {
    throw invalid(`Invalid comparator '${operator}' not one of '${allowed.join(', ')}'`);
  }
  const values = Array.isArray(value) ? value : value === null ? [] : [value];
  if (values.some((one) => typeof one !== kind)) {
    const expected = kind === 'number' ? 'a numeric value' : 'a quoted string value';
    throw invalid(
      `Expected ${expected} for ${entity} (e.g. 'my-value'). Got value ${String(value)}`,
    );
  }
  return { ...comparison, entity, key, kind };
}

/** The entity, key and kind that an identifier means; also for `order_by`. */
export function resolveField(
  identifier: { readonly entity?: string; readonly key: string },
  fields: SearchFields,
): { entity: string; key: string; kind: FieldKind } {
  const { entity, key } = identifier;
  const free = entity === undefined ? undefined : fields.entities[entity];
  if (free) return { entity: free.name, key, kind: free.kind };
  if (entity !== undefined && !fields.attributeNames.includes(entity)) {
    const valid = [...Object.keys(fields.entities), ...fields.attributeNames];
    throw invalid(`Invalid entity type '${entity}'. Valid values are [${valid.join(', ')}]`);
  }
  const name = fields.aliases?.[key] ?? key;
  const kind = fields.attributes[name];
  if (!kind) {
    const valid = Object.keys(fields.attributes).join(', ');
    throw invalid(`Invalid attribute key '${key}' specified. Valid keys are '[${valid}]'`);
  }
  return { entity: 'attribute', key: name, kind };
}
