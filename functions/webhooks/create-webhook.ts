import type { OperationContext } from '../shared/context.ts';
import { newId } from '../shared/ids.ts';
import type { Webhook } from './webhook.ts';
import { checkDraft, sealed, type WebhookDraft } from './webhook-draft.ts';
import { insertWebhook } from './webhook-store.ts';

export async function createWebhook(
  draft: WebhookDraft,
  context: OperationContext,
): Promise<Webhook> {
  checkDraft(draft);
  const id = newId();
  const now = context.clock();
  const webhook: Webhook = {
    ...sealed(draft, id),
    id,
    events: [...new Set(draft.events)],
    creation_timestamp: now,
    last_updated_timestamp: now,
    created_by: context.actor.user,
  };
  await insertWebhook(webhook, context);
  return webhook;
}
