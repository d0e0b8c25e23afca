import type { ResourceAttributes, ResourceContext, ResourceProvider } from '../service.ts';
import { checkProperties, UnsupportedError } from '../shared/properties.ts';
import type { Template, TemplateResource } from './assembly.ts';
import { IGNORED_TYPES, ignoredAttributes } from './ignored-types.ts';
import { PSEUDO_PARAMETERS, type References, referencedIds, resolve } from './intrinsics.ts';
import { parameterValues } from './parameters.ts';

/** Members of a template that are understood; another one stops the start. */
const TEMPLATE_MEMBERS = [
  'Resources',
  'Parameters',
  'Conditions',
  'Outputs',
  'Rules',
  'Description',
];
const RESOURCE_MEMBERS = [
  'Type',
  'Properties',
  'Condition',
  'DependsOn',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
];

interface Created {
  readonly references: References;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Creates every resource of the template in the order of its references. What cannot be done on
 * this machine throws an `UnsupportedError` of one line, before anything was created.
 */
export async function createResources(
  template: Template,
  providers: ReadonlyMap<string, ResourceProvider>,
  context: ResourceContext,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Created> {
  checkTemplate(template, providers);
  const values = parameterValues(template, parameters);
  const created = new Map<string, ResourceAttributes>();
  const references: References = {
    ref: (id) => {
      return PSEUDO_PARAMETERS[id] ?? values[id] ?? resource(created, id).ref;
    },
    attribute: (id, name) => {
      const value = resource(created, id).attributes[name];
      if (value === undefined) throw new UnsupportedError(`${id}: attribute ${name}`);
      return value;
    },
    condition: (name) => {
      const condition = template.Conditions?.[name];
      if (condition === undefined) throw new UnsupportedError(`no condition ${name}`);
      return resolve(condition, references) === true;
    },
  };
  for (const id of creationOrder(template.Resources)) {
    const {
      Type: type,
      Properties: properties = {},
      Condition: condition,
    } = template.Resources[id] as TemplateResource;
    if (condition !== undefined && !references.condition(condition)) continue;
    const provider = providers.get(type);
    if (!provider) {
      created.set(id, ignoredAttributes(type, id));
      continue;
    }
    try {
      const resolved = resolve(properties, references) as Record<string, unknown>;
      checkProperties(id, type, resolved, provider.properties);
      created.set(id, await provider.create(id, resolved, context));
    } catch (error) {
      throw named(id, error);
    }
  }
  const outputs = Object.entries(template.Outputs ?? {})
    .filter(([, { Condition: only }]) => only === undefined || references.condition(only))
    .map(([name, { Value: value }]) => [name, String(resolve(value, references))]);
  return { references, outputs: Object.fromEntries(outputs) };
}

/** A refusal says which resource it is about, whoever refuses. */
function named(id: string, error: unknown): unknown {
  if (!(error instanceof UnsupportedError) || error.message.includes(id)) return error;
  return new UnsupportedError(`${id}: ${error.message}`);
}

function resource(created: ReadonlyMap<string, ResourceAttributes>, id: string) {
  const attributes = created.get(id);
  if (!attributes) throw new UnsupportedError(`${id}: nothing of that name`);
  return attributes;
}

function checkTemplate(template: Template, providers: ReadonlyMap<string, ResourceProvider>) {
  refuseOthers('Template', template, TEMPLATE_MEMBERS);
  for (const [id, declaration] of Object.entries(template.Resources)) {
    const { Type: type } = declaration;
    if (!providers.has(type) && !Object.hasOwn(IGNORED_TYPES, type)) {
      throw new UnsupportedError(`${id}: resource type ${type} is not supported locally`);
    }
    refuseOthers(`${id} (${type})`, declaration, RESOURCE_MEMBERS);
    const { Condition: condition } = declaration;
    if (condition !== undefined && template.Conditions?.[condition] === undefined) {
      throw new UnsupportedError(`${id}: no condition ${condition}`);
    }
    const provider = providers.get(type);
    if (provider) checkProperties(id, type, declaration.Properties, topLevel(provider.properties));
  }
}

/** Nested members may still be intrinsics, so only the names at the top can be checked early. */
function topLevel(spec: ResourceProvider['properties']): ResourceProvider['properties'] {
  return Object.fromEntries(Object.keys(spec).map((name) => [name, true as const]));
}

function refuseOthers(what: string, value: object, members: readonly string[]) {
  for (const name of Object.keys(value)) {
    if (!members.includes(name)) {
      throw new UnsupportedError(`${what}: ${name} is not supported locally`);
    }
  }
}

/** Logical ids so that each comes after what it refers to (depth first, in the template's order). */
function creationOrder(resources: Readonly<Record<string, TemplateResource>>): string[] {
  const order: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (id: string, path: readonly string[]) => {
    const declaration = resources[id];
    if (!declaration || state.get(id) === 'done') return;
    if (state.get(id) === 'open') {
      throw new UnsupportedError(`Circular reference: ${[...path, id].join(' → ')}`);
    }
    state.set(id, 'open');
    // Roles and policies are never created here, and only they refer back to what uses them.
    if (!Object.hasOwn(IGNORED_TYPES, declaration.Type)) {
      const dependsOn = [declaration.DependsOn ?? []].flat();
      for (const other of [...dependsOn, ...referencedIds(declaration.Properties)]) {
        visit(other, [...path, id]);
      }
    }
    state.set(id, 'done');
    order.push(id);
  };
  for (const id of Object.keys(resources)) visit(id, []);
  return order;
}
