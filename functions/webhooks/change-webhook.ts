import type { OperationContext } from '../shared/context.ts';
import { conflict, invalid } from '../shared/errors.ts';
import { checkUrl } from '../shared/http/guarded-request.ts';
import { newId } from '../shared/ids.ts';
import { seal } from '../shared/secret-box.ts';
import type { Webhook } from './webhook.ts';
import { insertWebhook, replaceWebhook } from './webhook-store.ts';

/** A webhook without what the platform adds; secrets as their owner gave them. */
type WebhookDraft = Omit<
  Webhook,
  'id' | 'creation_timestamp' | 'last_updated_timestamp' | 'created_by'
>;

/** What an update names; undefined stays as it is. */
export type WebhookChange = { readonly [K in keyof WebhookDraft]?: WebhookDraft[K] | undefined };

const SECRETS = ['secret', 'authorization'] as const;

function sealed<T extends WebhookChange>(draft: T, id: string): T {
  const boxes = SECRETS.flatMap((name) => {
    const value = draft[name];
    return value ? [[name, seal(value, id, process.env.WEBHOOK_SECRETS_KEY)] as const] : [];
  });
  return { ...draft, ...Object.fromEntries(boxes) };
}

/** Events are checked by the dialect; the address is, here. */
function check({ url, events }: Pick<WebhookDraft, 'url' | 'events'>): void {
  checkUrl(url, 'Webhook');
  if (events.length === 0) throw invalid('Webhook events must be a non-empty list.');
}

export async function createWebhook(
  draft: WebhookDraft,
  context: OperationContext,
): Promise<Webhook> {
  check(draft);
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
  check(webhook);
  if (await replaceWebhook(webhook, former, context)) return webhook;
  throw conflict(`Webhook ${former.id} was changed by somebody else at the same time`);
}
