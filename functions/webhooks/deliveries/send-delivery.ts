import { createHmac } from 'node:crypto';
import { DomainError } from '../../shared/errors.ts';
import {
  AddressRefused,
  type GuardedAnswer,
  guardedPost,
} from '../../shared/http/guarded-request.ts';
import { open } from '../../shared/secret-box.ts';
import type { Webhook } from '../webhook.ts';
import { type Outcome, parseRetryAfter } from './delivery.ts';

const TIMEOUT_MS = 10_000;

/** Characters of an error that a history keeps. */
const SHOWN_ERROR = 500;

interface Sent extends Outcome {
  /** The beginning of what the receiver answered. */
  readonly body?: string;
}

/** Posts a body to a webhook's receiver, signed for this moment. Never throws. */
export async function sendDelivery(
  webhook: Webhook,
  delivery: { readonly id: string; readonly body: string },
  now: () => number = Date.now,
  timeoutMs: number = TIMEOUT_MS,
): Promise<Sent> {
  const started = now();
  const at = new Date(started).toISOString();
  try {
    const answer = await post(webhook, delivery, started, timeoutMs);
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], now());
    const attempt = { at, status_code: answer.status, duration_ms: now() - started };
    return { attempt, retryAfterMs, body: answer.body };
  } catch (error) {
    const message = error instanceof Error ? error.message || error.name : String(error);
    const attempt = { at, error: message.slice(0, SHOWN_ERROR), duration_ms: now() - started };
    return { attempt, refused: error instanceof AddressRefused || error instanceof DomainError };
  }
}

function post(
  webhook: Webhook,
  { id, body }: { readonly id: string; readonly body: string },
  now: number,
  timeoutMs: number,
): Promise<GuardedAnswer> {
  const keys = process.env.WEBHOOK_SECRETS_KEY;
  const secret = webhook.secret && open(webhook.secret, webhook.id, keys);
  const authorization = webhook.authorization && open(webhook.authorization, webhook.id, keys);
  const text = webhook.job_id === undefined ? body : runNow(webhook.job_id, body);
  const timestamp = String(Math.floor(now / 1000));
  return guardedPost(webhook.url, {
    headers: {
      'content-type': 'application/json',
      'user-agent': 'slipway-webhooks',
      'x-mlflow-delivery-id': id,
      'x-mlflow-timestamp': timestamp,
      ...(authorization && { authorization }),
      ...(secret && { 'x-mlflow-signature': mlflowSignature(secret, id, timestamp, text) }),
      ...(secret &&
        webhook.dialect === 'databricks' && {
          'x-databricks-signature': createHmac('sha256', secret).update(text).digest('hex'),
        }),
    },
    body: text,
    timeoutMs,
    verifyCertificate: webhook.verify_certificate,
  });
}

/** MLflow's signature: over the delivery's id, the time of this attempt and the body. */
export function mlflowSignature(
  secret: string,
  id: string,
  timestamp: string,
  body: string,
): string {
  const signed = `${id}.${timestamp}.${body}`;
  return `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`;
}

/** The request that starts a Databricks job; a notebook reads the body as its widget `event_message`. */
const runNow = (jobId: string, body: string) =>
  JSON.stringify({ job_id: Number(jobId), notebook_params: { event_message: body } });
