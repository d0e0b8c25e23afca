/** The part of JSON Schema that event schemas use. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
}

/**
 * Why a reader written for `before` could fail on data written for `after`, or a writer of `before`
 * no longer pass: removed fields, changed types, fields that became optional or newly required.
 */
export function schemaBreaks(before: JsonSchema, after: JsonSchema, path = 'data'): string[] {
  const breaks: string[] = [];
  for (const form of ['type', 'const', 'anyOf'] as const) {
    if (JSON.stringify(before[form]) !== JSON.stringify(after[form])) {
      breaks.push(`${path}: ${form} changed`);
    }
  }
  const values = before.enum?.map(String) ?? [];
  const kept = new Set(after.enum?.map(String) ?? []);
  if (values.some((value) => !kept.has(value))) breaks.push(`${path}: an enum value was removed`);
  if (before.items && after.items) {
    breaks.push(...schemaBreaks(before.items, after.items, `${path}[]`));
  }
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
