import {
  bool,
  enumeration,
  fromPageToken,
  type MlflowOperation,
  missing,
  pageSize,
  requiredString,
  rounded64,
  strictOperation,
  string,
  strings,
  toPageToken,
} from '../mlflow/index.ts';
import {
  currentName,
  findRegisteredModel,
  type RegisteredModel,
  requireManager,
} from '../registry/index.ts';
import type { Actor } from '../shared/actor.ts';
import { requireAdmin } from '../shared/actor.ts';
import { invalid } from '../shared/errors.ts';
import { createWebhook } from './create-webhook.ts';
import { DATABRICKS_NAMES, databricksExample, REGISTRY_WIDE } from './notices/databricks-notice.ts';
import type { WebhookOperation } from './routes.ts';
import { testWebhook } from './test-webhook.ts';
import { updateWebhook } from './update-webhook.ts';
import { WEBHOOK_STATUSES, type Webhook } from './webhook.ts';
import type { WebhookChange } from './webhook-draft.ts';
import { allWebhooks, getWebhook, removeWebhook } from './webhook-store.ts';

const STANDARD_SIZE = 100;
const MAX_SIZE = 1000;

const status = enumeration(...WEBHOOK_STATUSES);
const http_url_spec = {
  type: {
    fields: { url: string, secret: string, authorization: string, enable_ssl_verification: bool },
  },
} as const;
const job_spec = {
  type: { fields: { job_id: string, access_token: string, workspace_url: string } },
} as const;
const id = { id: requiredString };
const FIELDS = {
  create: {
    events: strings,
    model_name: string,
    description: string,
    status,
    http_url_spec,
    job_spec,
  },
  list: { model_name: string, events: strings, max_results: rounded64, page_token: string },
  id,
  update: { ...id, events: strings, description: string, status, http_url_spec, job_spec },
  test: { ...id, event: string },
} as const;

/** Webhooks of a model are for who may manage it, those of the whole registry for admins. */
async function checkActor(
  actor: Actor,
  model: string | undefined,
): Promise<RegisteredModel | undefined> {
  if (model !== undefined) return requireManager(model, actor);
  requireAdmin(actor);
  return undefined;
}

/** The same for a webhook that is there: when its model is gone it is its maker's and the admins'. */
async function checkOwner(actor: Actor, webhook: Webhook): Promise<void> {
  const { model_id, model_name = '', created_by } = webhook;
  const name =
    model_id === undefined
      ? (await findRegisteredModel(model_name))?.name
      : await currentName(model_id);
  if (name === undefined && webhook.model_name !== undefined && created_by === actor.user) return;
  await checkActor(actor, name);
}

/** Webhooks of a model, or all. Those that a deleted model left are its maker's and the admins'. */
async function webhooksOf(name: string, actor: Actor): Promise<Webhook[]> {
  const all = (await allWebhooks()).filter(({ dialect }) => dialect === 'databricks');
  const named = all.filter(({ model_name }) => model_name === name);
  const isAdmin = actor.groups.includes('admins');
  const left = named.filter(({ created_by }) => isAdmin || created_by === actor.user);
  if (name !== '' && left.length > 0 && !(await findRegisteredModel(name))) return left;
  const model = await checkActor(actor, name || undefined);
  return model ? named.filter(({ model_id: id }) => id === undefined || id === model.id) : all;
}

function checkEvents(events: readonly string[], model: string | undefined): void {
  for (const event of events) {
    if (!DATABRICKS_NAMES.includes(event)) {
      throw invalid(`Unknown event '${event}'. Events are: ${DATABRICKS_NAMES.join(', ')}`);
    }
    if (model !== undefined && REGISTRY_WIDE.includes(event)) {
      throw invalid(`${event} is for webhooks of the whole registry, without a model_name`);
    }
  }
}

interface Target {
  readonly http_url_spec?: {
    readonly url?: string;
    readonly secret?: string;
    readonly authorization?: string;
    readonly enable_ssl_verification?: boolean;
  };
  readonly job_spec?: {
    readonly job_id?: string;
    readonly access_token?: string;
    readonly workspace_url?: string;
  };
}

const RUN_NOW = '/api/2.1/jobs/run-now';

/** Where to deliver to, as far as a request says. */
function targetOf({
  http_url_spec: http,
  job_spec: job,
}: Target): Omit<WebhookChange, 'dialect' | 'events' | 'status'> {
  if (http && job) throw invalid('A webhook has either an http_url_spec or a job_spec');
  if (job) {
    if (job.job_id !== undefined && !/^\d{1,15}$/.test(job.job_id)) {
      throw invalid(`job_spec.job_id must be a number, got '${job.job_id}'`);
    }
    return {
      job_id: job.job_id,
      url: job.workspace_url && `${job.workspace_url.replace(/\/+$/, '')}${RUN_NOW}`,
      authorization: job.access_token && `Bearer ${job.access_token}`,
    };
  }
  return {
    url: http?.url || undefined,
    secret: http?.secret || undefined,
    authorization: http?.authorization || undefined,
    ...(http?.enable_ssl_verification !== undefined && {
      verify_certificate: http.enable_ssl_verification,
    }),
  };
}

function toWire(webhook: Webhook): object {
  const { id: webhookId, events, model_name, description, status: state, url } = webhook;
  const { creation_timestamp, last_updated_timestamp } = webhook;
  return {
    id: webhookId,
    events,
    model_name,
    description,
    status: state,
    creation_timestamp,
    last_updated_timestamp,
    ...(webhook.job_id === undefined
      ? { http_url_spec: { url, enable_ssl_verification: webhook.verify_certificate } }
      : { job_spec: { job_id: webhook.job_id, workspace_url: url.slice(0, -RUN_NOW.length) } }),
  };
}

/** Databricks' `registry-webhooks`. */
export const databricksOperations: Pick<
  Readonly<Record<WebhookOperation, MlflowOperation>>,
  | 'createRegistryWebhook'
  | 'listRegistryWebhooks'
  | 'updateRegistryWebhook'
  | 'deleteRegistryWebhook'
  | 'testRegistryWebhook'
> = {
  createRegistryWebhook: strictOperation(FIELDS.create, async (input, context) => {
    const model_name = input.model_name || undefined;
    const model = await checkActor(context.actor, model_name);
    if (input.events.length === 0) throw missing('events');
    checkEvents(input.events, model_name);
    const target = targetOf(input);
    const { url, verify_certificate = true } = target;
    if (url === undefined) throw missing('http_url_spec.url');
    const job = input.job_spec;
    if (job && (!job.job_id || !job.access_token)) throw missing('job_spec.job_id, access_token');
    const webhook = await createWebhook(
      {
        ...target,
        dialect: 'databricks',
        url,
        verify_certificate,
        events: input.events,
        model_name,
        model_id: model?.id,
        description: input.description || undefined,
        status: input.status ?? 'ACTIVE',
      },
      context,
    );
    return { webhook: toWire(webhook) };
  }),
  listRegistryWebhooks: strictOperation(FIELDS.list, async (input, context) => {
    const webhooks = await webhooksOf(input.model_name ?? '', context.actor);
    const limit = pageSize(input.max_results, STANDARD_SIZE, MAX_SIZE);
    const after = fromPageToken<{ id: string }>(input.page_token)?.id;
    const matching = webhooks.filter(
      (webhook) =>
        (input.events.length === 0 || input.events.some((name) => webhook.events.includes(name))) &&
        (after === undefined || webhook.id < after),
    );
    const page = matching.slice(0, limit);
    const last = page.at(-1);
    return {
      webhooks: page.map(toWire),
      ...(last && matching.length > limit && { next_page_token: toPageToken({ id: last.id }) }),
    };
  }),
  updateRegistryWebhook: strictOperation(FIELDS.update, async (input, context) => {
    const former = await getWebhook(input.id, 'databricks');
    await checkOwner(context.actor, former);
    checkEvents(input.events, former.model_name);
    const isJob = former.job_id !== undefined;
    if ((input.http_url_spec && isJob) || (input.job_spec && !isJob)) {
      throw invalid('A webhook cannot change between http_url_spec and job_spec');
    }
    const webhook = await updateWebhook(
      former,
      {
        ...targetOf(input),
        events: input.events.length > 0 ? input.events : undefined,
        description: input.description,
        status: input.status,
      },
      context,
    );
    return { webhook: toWire(webhook) };
  }),
  deleteRegistryWebhook: strictOperation(FIELDS.id, async (input, context) => {
    const webhook = await getWebhook(input.id, 'databricks');
    await checkOwner(context.actor, webhook);
    await removeWebhook(webhook, context);
    return {};
  }),
  testRegistryWebhook: strictOperation(FIELDS.test, async (input, context) => {
    const webhook = await getWebhook(input.id, 'databricks');
    await checkOwner(context.actor, webhook);
    const name = input.event || (webhook.events[0] ?? '');
    checkEvents([name], webhook.model_name);
    const body = databricksExample(name, webhook.id, context.clock());
    const result = await testWebhook(webhook, body, context);
    // databricks-sdk reads `status_code`, the documentation says `status`.
    const code = result.status_code ?? 0;
    return { status_code: code, status: code, body: result.body ?? result.error ?? '' };
  }),
};
