/** The part of JSON Schema that event schemas use. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  /** False: no further fields; a schema: that of every value of a record. */
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What stays as it is, whatever it says. */
const FORMS = [
  'type',
  'const',
  'anyOf',
  'propertyNames',
  'pattern',
  'format',
  'minimum',
  'maximum',
] as const;

/**
 * Why a reader written for `before` could fail on data written for `after`, or a writer of `before`
 * no longer pass: removed fields, changed types, fields that became optional or newly required, texts of
 * which only some are left. Further fields and enum values break nobody: readers let them pass.
 */
export function schemaBreaks(before: JsonSchema, after: JsonSchema, path = 'data'): string[] {
  const breaks: string[] = [];
  for (const form of FORMS) {
    if (JSON.stringify(before[form]) !== JSON.stringify(after[form])) {
      breaks.push(`${path}: ${form} changed`);
    }
  }
  const values = before.enum?.map(String) ?? [];
  const kept = new Set(after.enum?.map(String) ?? []);
  if (after.enum && !before.enum) breaks.push(`${path}: limited to an enum`);
  if (values.some((value) => !kept.has(value))) breaks.push(`${path}: an enum value was removed`);
  breaks.push(...partBreaks(before.items, after.items, `${path}[]`));
  breaks.push(...partBreaks(before.additionalProperties, after.additionalProperties, `${path}{}`));
  for (const [name, property] of Object.entries(before.properties ?? {})) {
    const now = after.properties?.[name];
    if (now === undefined) breaks.push(`${path}.${name}: removed`);
    else breaks.push(...schemaBreaks(property, now, `${path}.${name}`));
  }
  const required = new Set(before.required ?? []);
  const nowRequired = new Set(after.required ?? []);
  for (const name of nowRequired) {
    if (!required.has(name)) breaks.push(`${path}.${name}: newly required`);
  }
  for (const name of required) {
    if (after.properties?.[name] && !nowRequired.has(name)) {
      breaks.push(`${path}.${name}: no longer required`);
    }
  }
  return breaks;
}

/** The same for the elements of a list, and the values of a record. */
function partBreaks(
  before: boolean | JsonSchema | undefined,
  after: boolean | JsonSchema | undefined,
  path: string,
): string[] {
  if (typeof before === 'object' && typeof after === 'object') {
    return schemaBreaks(before, after, path);
  }
  return before === after ? [] : [`${path}: changed`];
}
