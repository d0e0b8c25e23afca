import type { Field, FieldTable } from './field-table.ts';

/** A field with the names that it may come under, the one that wins first. */
export interface NamedField {
  readonly name: string;
  readonly names: readonly string[];
  readonly field: Field;
}

/** Fields of tables: a batch asks for the same few thousands of times. */
const namedFields = new WeakMap<FieldTable, readonly NamedField[]>();

export function fieldsOf(table: FieldTable): readonly NamedField[] {
  const known = namedFields.get(table);
  if (known) return known;
  const fields = Object.entries(table).map(([name, field]) => {
    const names = [name, toCamel(name)];
    if (field.alias) names.push(field.alias, toCamel(field.alias));
    return { name, names: [...new Set(names)], field };
  });
  namedFields.set(table, fields);
  return fields;
}

/** The other style of a field's name. */
const toCamel = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
