import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import {
  ConditionFailed,
  conditionHeld,
  getItem,
  queryAll,
  transactWrite,
} from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import { laneKey } from './deliveries/lane-store.ts';
import { WebhookCreated, WebhookDeleted, WebhookDisabled, WebhookUpdated } from './events.ts';
import { type Webhook, webhookMissing } from './webhook.ts';

/** All share a partition: there are few, and every event asks for all of them. */
const PARTITION = 'WEBHOOKS';

const tableName = () => requiredEnv('REGISTRY_TABLE');
const webhookKey = (id: string) => ({ pk: PARTITION, sk: id });

const toWebhook = ({ pk: _pk, sk: _sk, ...webhook }: Webhook & Record<string, unknown>) => webhook;

export async function findWebhook(id: string): Promise<Webhook | undefined> {
  const row = await getItem<Webhook & Record<string, unknown>>(tableName(), webhookKey(id));
  return row && toWebhook(row);
}

/** The webhook, or RESOURCE_DOES_NOT_EXIST; those of another dialect do not exist. */
export async function getWebhook(id: string, dialect?: Webhook['dialect']): Promise<Webhook> {
  const found = await findWebhook(id);
  if (!found || (dialect && found.dialect !== dialect)) throw webhookMissing(id);
  return found;
}

/** Every webhook, the newest first. */
export async function allWebhooks(): Promise<Webhook[]> {
  const webhooks: Webhook[] = [];
  for await (const row of queryAll<Webhook & Record<string, unknown>>({
    table: tableName(),
    condition: 'pk = :pk',
    values: { ':pk': PARTITION },
    descending: true,
  })) {
    webhooks.push(toWebhook(row));
  }
  return webhooks;
}

const announced = ({ id, dialect, events, status, model_name, url }: Webhook) => ({
  webhook_id: id,
  dialect,
  events: [...events],
  status,
  model: model_name ?? null,
  receiver: new URL(url).origin,
});

/** What a change was made of: names alone for what is shown to nobody, or not to everybody. */
function changeFacts(webhook: Webhook, former: Webhook) {
  const before = announced(former);
  const names = Object.keys({ ...former, ...webhook }) as (keyof Webhook)[];
  return {
    ...announced(webhook),
    changed: names
      .filter((name) => JSON.stringify(webhook[name]) !== JSON.stringify(former[name]))
      .filter((name) => name !== 'last_updated_timestamp' && name !== 'former_model')
      .sort(),
    previous_events: before.events,
    previous_status: before.status,
    previous_model: before.model,
    previous_receiver: before.receiver,
  };
}

export async function insertWebhook(webhook: Webhook, context: OperationContext): Promise<void> {
  const table = tableName();
  await transactWrite([
    {
      table,
      put: { ...webhook, ...webhookKey(webhook.id) },
      condition: 'attribute_not_exists(pk)',
    },
    outbox(table, WebhookCreated, announced(webhook), context),
  ]);
}

/** Replaces a webhook that did not change meanwhile; false when it did. Its run of failures ends. */
export async function replaceWebhook(
  webhook: Webhook,
  former: Webhook,
  context: OperationContext,
): Promise<boolean> {
  const table = tableName();
  return conditionHeld(
    transactWrite([
      {
        table,
        put: { ...webhook, ...webhookKey(webhook.id) },
        condition: 'last_updated_timestamp = :former',
        values: { ':former': former.last_updated_timestamp },
      },
      {
        table,
        key: laneKey(webhook.id),
        update: 'SET failed_deliveries = :none, failed_attempts = :none',
        values: { ':none': 0 },
      },
      outbox(table, WebhookUpdated, changeFacts(webhook, former), context),
    ]),
  );
}

/** Disables an active webhook, with the event that says why; one that changed meanwhile is left. */
export async function disableWebhook(
  webhook: Webhook,
  failures: { readonly deliveries: number; readonly attempts: number; readonly cause: string },
  context: OperationContext,
): Promise<void> {
  const table = tableName();
  const { deliveries, attempts, cause } = failures;
  const data = {
    webhook_id: webhook.id,
    name: webhook.name ?? null,
    failed_deliveries: deliveries,
    failed_attempts: attempts,
    cause,
  };
  try {
    await transactWrite([
      {
        table,
        key: webhookKey(webhook.id),
        update: 'SET #status = :disabled, last_updated_timestamp = :now',
        condition: '#status = :active AND last_updated_timestamp = :former',
        names: { '#status': 'status' },
        values: {
          ':disabled': 'DISABLED',
          ':active': 'ACTIVE',
          ':now': context.clock(),
          ':former': webhook.last_updated_timestamp,
        },
      },
      outbox(table, WebhookDisabled, data, context),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** Removes a webhook; its history stays until it expires. */
export async function removeWebhook(webhook: Webhook, context: OperationContext): Promise<void> {
  const table = tableName();
  try {
    await transactWrite([
      { table, delete: webhookKey(webhook.id), condition: 'attribute_exists(pk)' },
      outbox(
        table,
        WebhookDeleted,
        { webhook_id: webhook.id, name: webhook.name ?? null },
        context,
      ),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw webhookMissing(webhook.id);
    throw error;
  }
}
