import { invalid } from '../shared/errors.ts';
import type { Comparison, Operator } from './comparison.ts';

export type FieldKind = 'string' | 'number';

/** A group of fields, such as `params`. */
export interface EntityFields {
  /** Canonical name: `parameter` for `params`, `param` and the like. */
  readonly name: string;
  readonly kind: FieldKind;
  /** The keys there are; any key when absent. */
  readonly keys?: readonly string[];
}

/** What a search knows: entities by the names they may be given, attributes by their keys. */
export interface SearchFields {
  readonly entities: Readonly<Record<string, EntityFields>>;
  /** Names under which attributes may be given: `attribute`, `attr`. */
  readonly attributeNames: readonly string[];
  readonly attributes: Readonly<Record<string, FieldKind>>;
  /** Other spellings of attributes. */
  readonly aliases?: Readonly<Record<string, string>>;
}

const NUMERIC: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];
const TEXT: readonly Operator[] = ['=', '!=', 'LIKE', 'ILIKE'];
const LISTS: readonly Operator[] = ['IN', 'NOT IN'];
const NULLS: readonly Operator[] = ['IS NULL', 'IS NOT NULL'];

/** A comparison with its field resolved: `entity` is `attribute` or the name of an entity. */
export interface CheckedComparison extends Comparison {
  readonly entity: string;
  readonly kind: FieldKind;
}

interface Field {
  readonly entity: string;
  readonly key: string;
  readonly kind: FieldKind;
  /** Whether the keys of its entity are free: tags and params. */
  readonly free: boolean;
}

/** Resolves and checks the field of a comparison, with MLflow's messages. */
export function checkComparison(comparison: Comparison, fields: SearchFields): CheckedComparison {
  const field = lookUp(comparison, fields);
  const { entity, key, kind } = field;
  checkOperator(comparison.operator, field);
  const { value } = comparison;
  const values = Array.isArray(value) ? value : value === null ? [] : [value];
  const wrong = values.find((one) => typeof one !== kind);
  if (wrong !== undefined) {
    throw invalid(
      kind === 'number'
        ? `Expected numeric value type for ${entity === 'attribute' ? `numeric attribute: ${key}` : entity}. Found ${wrong}`
        : `Expected a quoted string value for ${entity === 'attribute' ? 'attributes' : entity} (e.g. 'my-value'). Got value ${wrong}`,
    );
  }
  return { ...comparison, entity, key, kind };
}

function checkOperator(operator: Operator, { entity, key, kind, free }: Field): void {
  if (NULLS.includes(operator)) {
    if (kind === 'string' && free) return;
    throw invalid(
      `IS NULL / IS NOT NULL is only supported for tags and params, not for '${entity}' '${key}'`,
    );
  }
  const text = free ? TEXT : [...TEXT, ...LISTS];
  const allowed = kind === 'number' ? NUMERIC : text;
  if (!allowed.includes(operator)) {
    throw invalid(`Invalid comparator '${operator}' not one of '${allowed.join(', ')}'`);
  }
}

/** The entity, key and kind that an identifier means; also for `order_by`. */
export function resolveField(
  identifier: { readonly entity?: string; readonly key: string },
  fields: SearchFields,
): { entity: string; key: string; kind: FieldKind } {
  const { entity, key, kind } = lookUp(identifier, fields);
  return { entity, key, kind };
}

function lookUp(
  { entity, key }: { readonly entity?: string; readonly key: string },
  fields: SearchFields,
): Field {
  const group = entity === undefined ? undefined : own(fields.entities, entity);
  if (group) {
    if (group.keys && !group.keys.includes(key)) {
      const valid = group.keys.join(', ');
      throw invalid(`Invalid ${group.name} key '${key}' specified. Valid keys are '[${valid}]'`);
    }
    return { entity: group.name, key, kind: group.kind, free: group.keys === undefined };
  }
  if (entity !== undefined && !fields.attributeNames.includes(entity)) {
    const valid = [...Object.keys(fields.entities), ...fields.attributeNames];
    throw invalid(`Invalid entity type '${entity}'. Valid values are [${valid.join(', ')}]`);
  }
  const name = own(fields.aliases ?? {}, key) ?? key;
  const kind = own(fields.attributes, name);
  if (!kind) {
    const valid = Object.keys(fields.attributes).join(', ');
    throw invalid(`Invalid attribute key '${key}' specified. Valid keys are '[${valid}]'`);
  }
  return { entity: 'attribute', key: name, kind, free: false };
}

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
