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
  /** The model's id; webhooks made by older releases have none. */
  readonly model_id?: string | undefined;
  /** The name that the model had before, until epoch milliseconds: of events that come late. */
  readonly former_model?: { readonly name: string; readonly until: number } | undefined;
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

/** The model of an event: its name then, when that was, and the id of the model that has the name now. */
export interface EventModel {
  readonly name: string;
  readonly id: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Whether the webhook is for events of a model: not of another one that got the name of its own. */
export function isAbout(webhook: Webhook, model: EventModel | undefined): boolean {
  const { model_name, model_id, former_model: former } = webhook;
  if (model_name === undefined) return true;
  if (!model) return false;
  // The webhook may not have followed a rename yet, and an event of before the rename may be late.
  if (model_id !== undefined && model_id === model.id) return true;
  if (former && former.name === model.name && model.at <= former.until) return true;
  return model_name === model.name && (model_id === undefined || model.id === undefined);
}
