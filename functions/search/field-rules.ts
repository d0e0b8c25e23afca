import { invalid } from '../shared/errors.ts';
import type { Comparison, Identifier, Literal, Operator } from './comparison.ts';
import { withoutBackticks } from './sql-reader.ts';

export type FieldKind = 'string' | 'number';

/** A group of fields, such as `params`. */
interface EntityFields {
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
  /** Attributes that may be compared with a list of texts; any when absent. */
  readonly listAttributes?: readonly string[];
  /** Entities whose absence may be asked for; all with free keys when absent. */
  readonly nullable?: readonly string[];
  /** Operators of attributes that are texts, where they are fewer. */
  readonly textOperators?: readonly Operator[];
  /** All keys of an order that has no entities. */
  readonly orderKeys?: readonly string[];
  /** LIKE and ILIKE are known in capitals only. */
  readonly capitals?: true;
  /** Numbers may stand in quotes. */
  readonly quotedNumbers?: true;
  /** Names of entities may not stand in backticks. */
  readonly plainEntities?: true;
  /** Keys of attributes, or of everything, may not stand in quotes: these are part of them. */
  readonly plainKeys?: 'attributes' | 'all';
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
  const listed = Array.isArray(comparison.value);
  if (listed && entity === 'attribute' && fields.listAttributes?.includes(key) === false) {
    throw invalid(
      "Only the 'run_id' attribute supports comparison with a list of quoted string values.",
    );
  }
  checkOperator(comparison, field, fields);
  const value =
    kind === 'number' && fields.quotedNumbers ? numbersOf(comparison.value) : comparison.value;
  const values = Array.isArray(value) ? value : value === null ? [] : [value];
  const wrong = values.find((one) => typeof one !== kind);
  if (wrong !== undefined && listed && kind === 'string') {
    throw invalid(
      'While parsing a list in the query, expected string value, punctuation, or whitespace, but ' +
        `got different type in list: ${asTuple(values)}`,
    );
  }
  if (wrong !== undefined) {
    throw invalid(
      kind === 'number'
        ? `Expected numeric value type for ${entity === 'attribute' ? `numeric attribute: ${key}` : entity}. Found '${wrong}'`
        : `Expected a quoted string value for ${entity === 'attribute' ? 'attributes' : entity} (e.g. 'my-value'). Got value ${wrong}`,
    );
  }
  const kept = listed && fields.listAttributes ? values.filter(isLowerCase) : value;
  return { ...comparison, value: kept, entity, key, kind };
}

/** Python's `islower`: where MLflow takes lists for ids of runs, it drops what is not of lower case. */
const isLowerCase = (value: Literal): boolean =>
  /\p{Lowercase}/u.test(String(value)) && !/[\p{Uppercase}\p{Lt}]/u.test(String(value));

/** As Python writes it. */
function asTuple(values: readonly Literal[]): string {
  const written = values.map((one) => (typeof one === 'string' ? `'${one}'` : String(one)));
  return written.length === 1 ? `(${written[0]},)` : `(${written.join(', ')})`;
}

const numbersOf = (value: Comparison['value']) =>
  typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))
    ? Number(value)
    : value;

function checkOperator(
  { operator, spelling }: Comparison,
  { entity, key, kind, free }: Field,
  { nullable, capitals, textOperators }: SearchFields,
): void {
  if (NULLS.includes(operator)) {
    if (kind === 'string' && free && nullable?.includes(entity) !== false) return;
    const of = nullable
      ? `tags, not for ${entity} '${key}'`
      : `tags and params, not for '${entity}' '${key}'`;
    throw invalid(`IS NULL / IS NOT NULL is only supported for ${of}`);
  }
  if (capitals && spelling) throw invalid(`Invalid comparator '${spelling}'`);
  const text = free ? TEXT : (entity === 'attribute' && textOperators) || [...TEXT, ...LISTS];
  const allowed = kind === 'number' ? NUMERIC : text;
  if (!allowed.includes(operator)) {
    throw invalid(`Invalid comparator '${operator}' not one of '${allowed.join(', ')}'`);
  }
}

/** The entity, key and kind that an identifier means; also for `order_by`. */
export function resolveField(
  identifier: Identifier,
  fields: SearchFields,
): { entity: string; key: string; kind: FieldKind } {
  const { entity, key, kind } = lookUp(identifier, fields);
  return { entity, key, kind };
}

function lookUp(given: Identifier, fields: SearchFields): Field {
  const { plainKeys } = fields;
  const entity = fields.plainEntities
    ? given.entity
    : given.entity && withoutBackticks(given.entity);
  const isAttribute = entity === undefined || fields.attributeNames.includes(entity);
  const isPlain = plainKeys === 'all' || (plainKeys === 'attributes' && isAttribute);
  const key = (isPlain && given.raw) || given.key;
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
