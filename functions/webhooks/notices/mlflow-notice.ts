import { EVENT_VALUE_LENGTH } from '../../registry/index.ts';
import type { Facts, Notice, PlatformEvent } from './notice.ts';

/** What may be subscribed to: `VALID_ENTITY_ACTIONS` of MLflow's `entities/webhook.py`. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  REGISTERED_MODEL: ['CREATED'],
  MODEL_VERSION: ['CREATED'],
  MODEL_VERSION_TAG: ['SET', 'DELETED'],
  MODEL_VERSION_ALIAS: ['CREATED', 'DELETED'],
  PROMPT: ['CREATED'],
  PROMPT_VERSION: ['CREATED'],
  PROMPT_TAG: ['SET', 'DELETED'],
  PROMPT_VERSION_TAG: ['SET', 'DELETED'],
  PROMPT_ALIAS: ['CREATED', 'DELETED'],
  BUDGET_POLICY: ['EXCEEDED'],
};

export const actionsOf = (entity: string): readonly string[] => ACTIONS[entity] ?? [];

export const eventName = (entity: string, action: string) => `${entity}.${action}`;

const IS_PROMPT = 'mlflow.prompt.is_prompt';
const PROMPT_TEXT = 'mlflow.prompt.text';
/** Tags that make a prompt of a model: webhooks do not show them. */
const PROMPT_MARKS = [IS_PROMPT, '_mlflow_prompt_type', PROMPT_TEXT];

interface Kind {
  readonly model?: string;
  readonly prompt: string;
}

/** Names of an event, for models and for prompts. */
function kindOf({ type, data }: PlatformEvent): Kind | undefined {
  const ofModel = data.version === null;
  switch (type) {
    case 'RegisteredModelCreated':
      return { model: 'REGISTERED_MODEL.CREATED', prompt: 'PROMPT.CREATED' };
    case 'ModelVersionRegistered':
      return { model: 'MODEL_VERSION.CREATED', prompt: 'PROMPT_VERSION.CREATED' };
    case 'ModelTagSet':
      if (ofModel) return { prompt: 'PROMPT_TAG.SET' };
      return { model: 'MODEL_VERSION_TAG.SET', prompt: 'PROMPT_VERSION_TAG.SET' };
    case 'ModelTagDeleted':
      if (ofModel) return { prompt: 'PROMPT_TAG.DELETED' };
      return { model: 'MODEL_VERSION_TAG.DELETED', prompt: 'PROMPT_VERSION_TAG.DELETED' };
    case 'ModelAliasMoved':
      if (ofModel) return { model: 'MODEL_VERSION_ALIAS.DELETED', prompt: 'PROMPT_ALIAS.DELETED' };
      return { model: 'MODEL_VERSION_ALIAS.CREATED', prompt: 'PROMPT_ALIAS.CREATED' };
    default:
      return undefined;
  }
}

/** Every name that an event could have, before anybody knows whether it is about a prompt. */
export function mlflowNames(event: PlatformEvent): string[] {
  const kind = kindOf(event);
  return kind ? [kind.prompt, ...(kind.model ? [kind.model] : [])] : [];
}

/**
 * The event in MLflow's form; undefined when MLflow has none for it. Tags and descriptions are those of
 * this moment: events carry no texts of any length.
 */
export async function mlflowNotice(
  event: PlatformEvent,
  facts: Facts,
): Promise<Notice | undefined> {
  const kind = kindOf(event);
  if (!kind) return undefined;
  const model = await facts.model(String(event.data.model));
  const isPrompt = model?.tags[IS_PROMPT] !== undefined;
  const name = isPrompt ? kind.prompt : kind.model;
  if (name === undefined) return undefined;
  const [entity = '', action = ''] = name.toLowerCase().split('.');
  const data = await dataOf(event, isPrompt, facts);
  const body = JSON.stringify({ entity, action, timestamp: event.metadata.time, data });
  return { names: [name], body: () => body };
}

async function dataOf(event: PlatformEvent, isPrompt: boolean, facts: Facts): Promise<object> {
  const { type, data } = event;
  const name = String(data.model);
  if (type === 'RegisteredModelCreated') {
    const model = await facts.model(name);
    const { description = null, tags = {} } = model ?? {};
    return { name, tags: isPrompt ? withoutMarks(tags) : { ...tags }, description };
  }
  const version = String(data.version);
  if (type === 'ModelVersionRegistered') {
    const { description = null, tags = {} } = (await facts.version(name, version)) ?? {};
    if (isPrompt) {
      const template = tags[PROMPT_TEXT] ?? null;
      return { name, version, template, tags: withoutMarks(tags), description };
    }
    const { source, run_id } = data;
    return { name, version, source, run_id, tags: { ...tags }, description };
  }
  if (type === 'ModelAliasMoved') {
    return { name, alias: data.alias, ...(data.version !== null && { version }) };
  }
  return {
    name,
    ...(data.version !== null && { version }),
    key: data.key,
    ...(type === 'ModelTagSet' && { value: await tagValue(event, facts) }),
  };
}

/** The whole value of a tag: events carry the beginning of long ones, of which there may be another by now. */
async function tagValue({ data }: PlatformEvent, facts: Facts): Promise<unknown> {
  const [model, key, value] = [String(data.model), String(data.key), String(data.value)];
  if (value.length < EVENT_VALUE_LENGTH) return value;
  const owner =
    data.version === null
      ? await facts.model(model)
      : await facts.version(model, String(data.version));
  const present = owner?.tags[key];
  return present?.startsWith(value) ? present : value;
}

const withoutMarks = (tags: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !PROMPT_MARKS.includes(key)));

/** The body that a test of a webhook sends: MLflow's examples (`webhooks/types.py`). */
export function mlflowExample(name: string, time: string): string {
  const [entity = '', action = ''] = name.toLowerCase().split('.');
  return JSON.stringify({ entity, action, timestamp: time, data: exampleData(entity, action) });
}

function exampleData(entity: string, action: string): object {
  if (entity === 'budget_policy') return EXAMPLE_BUDGET;
  const prompt = entity.startsWith('prompt');
  const name = prompt ? 'example_prompt' : 'example_model';
  const tags = { example_key: 'example_value' };
  if (entity === 'registered_model') {
    return { name, tags, description: 'An example registered model' };
  }
  if (entity === 'prompt') return { name, tags, description: 'An example prompt' };
  if (entity === 'model_version') {
    const origin = { source: 'models:/123', run_id: 'abcd1234abcd5678' };
    return { name, version: '1', ...origin, tags, description: 'An example model version' };
  }
  if (entity === 'prompt_version') {
    const template = 'Hello {{name}}!';
    return { name, version: '1', template, tags, description: 'An example prompt version' };
  }
  if (entity.endsWith('_alias')) {
    return { name, alias: 'example_alias', ...(action === 'created' && { version: '1' }) };
  }
  return {
    name,
    ...(entity !== 'prompt_tag' && { version: '1' }),
    key: 'example_key',
    ...(action === 'set' && { value: 'example_value' }),
  };
}

const EXAMPLE_BUDGET = {
  budget_policy_id: 'bp-abc123',
  budget_unit: 'USD',
  budget_amount: 100,
  current_spend: 105.5,
  duration_unit: 'MONTHS',
  duration_value: 1,
  target_scope: 'WORKSPACE',
  workspace: 'default',
  window_start: 1704067200000,
};
