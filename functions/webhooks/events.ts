import * as z from 'zod/mini';
import { defineEvent } from '../events/define.ts';

const source = 'slipway.webhooks';
const subject = (data: { webhook_id: string }) => `webhook:${data.webhook_id}`;

const fields = {
  webhook_id: z.string(),
  dialect: z.enum(['mlflow', 'databricks']),
  events: z.array(z.string()),
  status: z.enum(['ACTIVE', 'DISABLED', 'TEST_MODE']),
  /** Null: events of every model. */
  model: z.nullable(z.string()),
  /** Scheme and host of the receiver: what comes behind them may be a secret. */
  receiver: z.optional(z.string()),
};
const webhook = z.strictObject(fields);
const sample: z.infer<typeof webhook> = {
  webhook_id: '01K5A0000000000000000000WH',
  dialect: 'mlflow',
  events: ['MODEL_VERSION.CREATED'],
  status: 'ACTIVE',
  model: null,
  receiver: 'https://example.com',
};

export const WebhookCreated = defineEvent({
  source,
  type: 'WebhookCreated',
  version: 1,
  schema: webhook,
  subject,
  text: (data) => `webhook ${data.webhook_id} was created for ${data.events.join(', ')}`,
  sample,
});

const change = z.strictObject({
  ...fields,
  /** Names of what has changed, secrets among them, which are shown nowhere. */
  changed: z.optional(z.array(z.string())),
  previous_events: z.optional(fields.events),
  previous_status: z.optional(fields.status),
  previous_model: z.optional(fields.model),
  previous_receiver: z.optional(z.string()),
});

export const WebhookUpdated = defineEvent<z.infer<typeof change>>({
  source,
  type: 'WebhookUpdated',
  version: 1,
  schema: change,
  subject,
  text: (data) => `webhook ${data.webhook_id} was changed and is ${data.status}`,
  sample: {
    ...sample,
    status: 'DISABLED',
    changed: ['status'],
    previous_events: sample.events,
    previous_status: 'ACTIVE',
    previous_model: null,
    previous_receiver: 'https://example.com',
  },
});

const named = { webhook_id: z.string(), name: z.nullable(z.string()) };

export const WebhookDeleted = defineEvent({
  source,
  type: 'WebhookDeleted',
  version: 1,
  schema: z.strictObject(named),
  subject,
  text: (data) => `webhook ${data.name ?? data.webhook_id} was deleted`,
  sample: { webhook_id: sample.webhook_id, name: 'chat' },
});

export const WebhookDisabled = defineEvent({
  source,
  type: 'WebhookDisabled',
  version: 1,
  schema: z.strictObject({
    ...named,
    /** Since the last success. */
    failed_deliveries: z.int(),
    failed_attempts: z.int(),
    /** What went wrong the last time. */
    cause: z.string(),
  }),
  subject,
  text: ({ name, webhook_id: id, failed_attempts: attempts, cause }) =>
    `webhook ${name ?? id} was disabled after ${attempts} attempts without success: ${cause}`,
  sample: {
    webhook_id: sample.webhook_id,
    name: 'chat',
    failed_deliveries: 10,
    failed_attempts: 120,
    cause: 'the receiver answered 503',
  },
});
