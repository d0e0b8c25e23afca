import { notFound } from '../shared/errors.ts';

export const WEBHOOK_STATUSES = ['ACTIVE', 'DISABLED', 'TEST_MODE'] as const;

type WebhookStatus = (typeof WEBHOOK_STATUSES)[number];

/** A subscription as its row holds it. Secrets are sealed and never leave the platform. */
export interface Webhook {
  readonly id: string;
  /** Whose API made it: decides names of events, bodies and signature. */
  readonly dialect: 'mlflow' | 'databricks';
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly url: string;
  /** Names in the dialect: `MODEL_VERSION.CREATED` (MLflow), `MODEL_VERSION_CREATED` (Databricks). */
  readonly events: readonly string[];
  /** TEST_MODE: called by tests only. */
  readonly status: WebhookStatus;
  /** Only events of this model. */
  readonly model_name?: string | undefined;
  readonly verify_certificate: boolean;
  /** Starts this job of a workspace instead of posting the body. */
  readonly job_id?: string | undefined;
  /** Sealed: key of signatures. */
  readonly secret?: string | undefined;
  /** Sealed: the `Authorization` header. */
  readonly authorization?: string | undefined;
  /** Epoch milliseconds. */
  readonly creation_timestamp: number;
  readonly last_updated_timestamp: number;
  readonly created_by: string;
}

export const webhookMissing = (id: string) => notFound(`Webhook with ID ${id} not found.`);

/** Whether the webhook wants an event of this name about this model. */
export const wants = (webhook: Webhook, name: string, model: string | undefined): boolean =>
  webhook.events.includes(name) &&
  (webhook.model_name === undefined || webhook.model_name === model);
