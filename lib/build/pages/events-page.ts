import { catalogue } from '../../../functions/events/catalogue.ts';
import type { EventDefinition } from '../../../functions/events/define.ts';
import type { JsonSchema } from '../../../functions/events/schema-breaks.ts';
import { schemaFile } from '../../../functions/events/schema-files.ts';
import type { Trigger } from '../../../functions/shared/declare.ts';
import { allFunctions } from '../../domains.ts';

/** A section for each domain with all its events: what each says, its fields and who takes it. */
export function eventSections(): string[] {
  const bySource = Map.groupBy(catalogue, (definition) => definition.source);
  return [
    `An event's \`detail\` is \`{metadata, data}\`; the fields below are those of \`data\`. ` +
      `All events are in the audit trail, and reach ${shown(consumersOf((trigger) => 'everyEvent' in trigger))} besides the consumers named here.\n`,
    ...[...bySource].map(
      ([source, events]) => `## \`${source}\`\n\n${events.map(eventSection).join('\n')}`,
    ),
  ];
}

function eventSection(definition: EventDefinition): string {
  const { type, version, sample, text, subject } = definition;
  const schema = JSON.parse(schemaFile(definition).text) as JsonSchema;
  const consumers = consumersOf((trigger) => 'events' in trigger && trigger.events.includes(type));
  return [
    `### ${type}`,
    '',
    `Version ${version}, [schema](../functions/events/schemas/${type}.v${version}.json). ` +
      `Consumers: ${shown(consumers) || 'none of its own'}.`,
    '',
    ...fields(schema).map((field) => `- ${field}`),
    '',
    `For example “${text(sample)}”, about \`${subject(sample)}\`:`,
    '```json',
    JSON.stringify(sample, null, 2),
    '```',
    '',
  ].join('\n');
}

/** Functions with a trigger that fits. */
function consumersOf(fits: (trigger: Trigger) => boolean): string[] {
  return Object.entries(allFunctions)
    .filter(([, { triggers = [] }]) => triggers.some(fits))
    .map(([name]) => name);
}

const shown = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

function fields({ properties = {}, required = [] }: JsonSchema): string[] {
  return Object.entries(properties).map(
    ([name, schema]) =>
      `\`${name}\`${required.includes(name) ? '' : ' (optional)'}: ${typeText(schema)}`,
  );
}

/** A schema in a few words: `string`, `one of inputs, labels`, `list of string`. */
function typeText(schema: JsonSchema): string {
  if (schema.enum) return `one of ${schema.enum.map(String).join(', ')}`;
  if (schema.const !== undefined) return `always ${String(schema.const)}`;
  if (schema.anyOf) return schema.anyOf.map(typeText).join(' or ');
  if (schema.items) return `list of ${typeText(schema.items)}`;
  return [schema.type ?? 'anything'].flat().join(' or ');
}
