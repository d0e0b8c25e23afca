import * as z from 'zod/mini';
import type { EventDefinition } from './define.ts';
import { type JsonSchema, schemaBreaks } from './schema-breaks.ts';

interface SchemaFile {
  /** `<Type>.v<N>.json`. */
  readonly name: string;
  readonly text: string;
}

/** The JSON Schema file of an event's `data`. */
export function schemaFile(definition: EventDefinition): SchemaFile {
  const schema = {
    ...z.toJSONSchema(definition.schema, { io: 'input' }),
    title: definition.type,
    description: `data of ${definition.type} version ${definition.version} (${definition.source})`,
  };
  return {
    name: `${definition.type}.v${definition.version}.json`,
    text: `${JSON.stringify(schema, null, 2)}\n`,
  };
}

/** Throws when a new text would break readers of the committed one. */
export function assertCompatible(name: string, committed: string, text: string): void {
  const breaks = schemaBreaks(JSON.parse(committed) as JsonSchema, JSON.parse(text) as JsonSchema);
  if (breaks.length === 0) return;
  throw new Error(`${name} breaks its readers, raise the event's version: ${breaks.join('; ')}`);
}
