import {
  type Decoded,
  enumeration,
  fromPageToken,
  int32,
  type MlflowOperation,
  messages,
  operation,
  requiredString,
  string,
  toPageToken,
} from '../mlflow/index.ts';
import { requireAdmin } from '../shared/actor.ts';
import { invalid } from '../shared/errors.ts';
import { checkUrl } from '../shared/http/guarded-request.ts';
import { pythonQuoted } from '../shared/python-text.ts';
import { createWebhook } from './create-webhook.ts';
import { actionsOf, eventName, mlflowExample } from './notices/mlflow-notice.ts';
import type { WebhookOperation } from './routes.ts';
import { testWebhook } from './test-webhook.ts';
import { updateWebhook } from './update-webhook.ts';
import type { Webhook } from './webhook.ts';
import { allWebhooks, getWebhook, removeWebhook } from './webhook-store.ts';

const STANDARD_SIZE = 100;
const MAX_SIZE = 1000;

/** Numbers of MLflow's enums begin with 1 in this order. */
const event = {
  entity: {
    ...enumeration(
      'REGISTERED_MODEL',
      'MODEL_VERSION',
      'MODEL_VERSION_TAG',
      'MODEL_VERSION_ALIAS',
      'PROMPT',
      'PROMPT_VERSION',
      'PROMPT_TAG',
      'PROMPT_VERSION_TAG',
      'PROMPT_ALIAS',
      'BUDGET_POLICY',
    ),
    required: true,
  },
  action: {
    ...enumeration('CREATED', 'UPDATED', 'DELETED', 'SET', 'EXCEEDED'),
    required: true,
  },
} as const;

const status = { ...enumeration('ACTIVE', 'DISABLED'), check: 'type' } as const;
const id = { webhook_id: requiredString };
const FIELDS = {
  create: {
    name: requiredString,
    url: requiredString,
    events: { ...messages(event), required: true },
    description: string,
    secret: string,
    status,
  },
  list: { max_results: int32, page_token: string },
  id,
  update: {
    ...id,
    name: string,
    url: string,
    events: messages(event),
    description: string,
    secret: string,
    status,
  },
  test: { ...id, event: { type: { fields: event } } },
} as const;

/** MLflow's pattern ignores case, by which Python also takes the dotted and the dotless i (U+0130, U+0131). */
const NAME = /^(?=.{1,63}$)[a-z0-9\u0130\u0131]([a-z0-9\u0130\u0131._-]*[a-z0-9\u0130\u0131])?$/iu;

/** MLflow's rule: `_validate_webhook_name`. */
function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw invalid(
    `Webhook name ${pythonQuoted(name)} is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
  );
}

function toName({ entity, action }: Decoded<typeof event>): string {
  const actions = actionsOf(entity);
  if (actions.includes(action)) return eventName(entity, action);
  const valid = actions
    .toSorted()
    .map((one) => `'${one.toLowerCase()}'`)
    .join(', ');
  throw invalid(
    `Invalid action '${action.toLowerCase()}' for entity '${entity.toLowerCase()}'. Valid actions are: [${valid}]`,
  );
}

/** Each once, in the order of MLflow's database. */
const toNames = (events: readonly Decoded<typeof event>[]): string[] =>
  [...new Set(events.map(toName))].sort();

function toWire(webhook: Webhook): object {
  const { id: webhook_id, name, description, url, status: state } = webhook;
  const { creation_timestamp, last_updated_timestamp } = webhook;
  const events = webhook.events.map((one) => {
    const [entity, action] = one.split('.');
    return { entity, action };
  });
  const times = { creation_timestamp, last_updated_timestamp };
  return { webhook_id, name, description, url, events, status: state, ...times };
}

/** MLflow's webhook API. Reading is for everybody, changing for admins. */
export const mlflowOperations: Pick<
  Readonly<Record<WebhookOperation, MlflowOperation>>,
  | 'createWebhook'
  | 'listWebhooks'
  | 'getWebhook'
  | 'updateWebhook'
  | 'deleteWebhook'
  | 'testWebhook'
> = {
  createWebhook: operation(FIELDS.create, async (input, context) => {
    requireAdmin(context.actor);
    const events = toNames(input.events);
    checkName(input.name);
    checkUrl(input.url, 'Webhook');
    if (events.length === 0) {
      throw invalid('Webhook events must be a non-empty list of WebhookEvent objects: [].');
    }
    const webhook = await createWebhook(
      {
        dialect: 'mlflow',
        name: input.name,
        url: input.url,
        events,
        description: input.description || undefined,
        secret: input.secret || undefined,
        status: input.status ?? 'ACTIVE',
        verify_certificate: true,
      },
      context,
    );
    return { webhook: toWire(webhook) };
  }),
  listWebhooks: operation(FIELDS.list, async (input) => {
    // 0 means no limit was given, as in MLflow's store.
    const limit = input.max_results || STANDARD_SIZE;
    if (limit < 1 || limit > MAX_SIZE) {
      throw invalid(`max_results must be between 1 and ${MAX_SIZE}.`);
    }
    const isToken = ({ id }: { id?: unknown }) => typeof id === 'string';
    const after = fromPageToken<{ id: string }>(input.page_token, isToken)?.id;
    const all = (await allWebhooks()).filter(({ dialect }) => dialect === 'mlflow');
    const rest = after === undefined ? all : all.filter((webhook) => webhook.id < after);
    const page = rest.slice(0, limit);
    const last = page.at(-1);
    return {
      webhooks: page.map(toWire),
      ...(last && rest.length > limit && { next_page_token: toPageToken({ id: last.id }) }),
    };
  }),
  getWebhook: operation(FIELDS.id, async (input) => ({
    webhook: toWire(await getWebhook(input.webhook_id, 'mlflow')),
  })),
  updateWebhook: operation(FIELDS.update, async (input, context) => {
    requireAdmin(context.actor);
    const events = toNames(input.events);
    const former = await getWebhook(input.webhook_id, 'mlflow');
    if (input.name) checkName(input.name);
    const webhook = await updateWebhook(
      former,
      {
        name: input.name || undefined,
        url: input.url || undefined,
        events: events.length > 0 ? events : undefined,
        description: input.description || undefined,
        secret: input.secret || undefined,
        // As in MLflow, a change switches a webhook on again unless it says otherwise.
        status: input.status ?? 'ACTIVE',
      },
      context,
    );
    return { webhook: toWire(webhook) };
  }),
  deleteWebhook: operation(FIELDS.id, async (input, context) => {
    requireAdmin(context.actor);
    await removeWebhook(await getWebhook(input.webhook_id, 'mlflow'), context);
    return {};
  }),
  testWebhook: operation(FIELDS.test, async (input, context) => {
    requireAdmin(context.actor);
    const webhook = await getWebhook(input.webhook_id, 'mlflow');
    const name = input.event ? toName(input.event) : (webhook.events[0] ?? '');
    const body = mlflowExample(name, new Date(context.clock()).toISOString());
    const { status_code, error, body: answer } = await testWebhook(webhook, body, context);
    return {
      result: {
        success: status_code !== undefined && status_code < 400,
        response_status: status_code,
        response_body: answer,
        ...(error !== undefined && { error_message: `Failed to test webhook: ${error}` }),
      },
    };
  }),
};
