import { invalid } from '../shared/errors.ts';
import { checkUrl } from '../shared/http/guarded-request.ts';
import { seal } from '../shared/secret-box.ts';
import type { Webhook } from './webhook.ts';

/** A webhook without what the platform adds; secrets as their owner gave them. */
export type WebhookDraft = Omit<
  Webhook,
  'id' | 'creation_timestamp' | 'last_updated_timestamp' | 'created_by'
>;

/** What an update names; undefined stays as it is. */
export type WebhookChange = { readonly [K in keyof WebhookDraft]?: WebhookDraft[K] | undefined };

const SECRETS = ['secret', 'authorization'] as const;

/** The draft with its secrets encrypted, so that only the webhook of this id can open them. */
export function sealed<T extends WebhookChange>(draft: T, id: string): T {
  const boxes = SECRETS.flatMap((name) => {
    const value = draft[name];
    return value ? [[name, seal(value, id, process.env.WEBHOOK_SECRETS_KEY)] as const] : [];
  });
  return { ...draft, ...Object.fromEntries(boxes) };
}

/** Checks the address, and that there are events; which events there are is for each dialect to check. */
export function checkDraft({ url, events }: Pick<WebhookDraft, 'url' | 'events'>): void {
  checkUrl(url, 'Webhook');
  if (events.length === 0) throw invalid('Webhook events must be a non-empty list.');
}
