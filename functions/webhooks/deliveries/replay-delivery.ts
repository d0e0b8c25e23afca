import type { OperationContext } from '../../shared/context.ts';
import { invalid } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import { getWebhook } from '../webhook-store.ts';
import { type Delivery, deliveryId } from './delivery.ts';
import { insertDeliveries } from './delivery-store.ts';
import { getDelivery } from './get-delivery.ts';
import { wake } from './queue-store.ts';

/** Sends what a delivery held once more, as a delivery of its own with the same body. */
export async function replayDelivery(
  id: string,
  context: OperationContext,
  wakeLane: (webhookId: string) => Promise<void> = wake,
): Promise<Delivery> {
  const former = await getDelivery(id);
  const webhook = await getWebhook(former.webhook_id);
  if (webhook.status !== 'ACTIVE') {
    throw invalid(`Webhook ${webhook.id} is ${webhook.status}; activate it before a replay`);
  }
  if (former.body === '') throw invalid(`Delivery ${id} holds no body that could be sent`);
  const delivery: Delivery = {
    id: deliveryId(webhook.id, newId()),
    webhook_id: webhook.id,
    event: former.event,
    event_id: former.event_id,
    body: former.body,
    status: 'PENDING',
    attempt_count: 0,
    attempts: [],
    created_at: new Date(context.clock()).toISOString(),
    replay_of: former.replay_of ?? former.id,
  };
  await insertDeliveries([delivery]);
  await wakeLane(webhook.id);
  return delivery;
}
