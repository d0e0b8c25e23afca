import type { OperationContext } from '../shared/context.ts';
import { conflict } from '../shared/errors.ts';
import type { Webhook } from './webhook.ts';
import { checkDraft, sealed, type WebhookChange } from './webhook-draft.ts';
import { replaceWebhook } from './webhook-store.ts';

/** Replaces what `change` names; what it leaves undefined stays. */
export async function updateWebhook(
  former: Webhook,
  change: WebhookChange,
  context: OperationContext,
): Promise<Webhook> {
  const given = Object.fromEntries(
    Object.entries(sealed(change, former.id)).filter(([, value]) => value !== undefined),
  );
  const webhook: Webhook = {
    ...former,
    ...given,
    last_updated_timestamp: Math.max(context.clock(), former.last_updated_timestamp + 1),
  };
  checkDraft(webhook);
  if (await replaceWebhook(webhook, former, context)) return webhook;
  throw conflict(`Webhook ${former.id} was changed by somebody else at the same time`);
}
