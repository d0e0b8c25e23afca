import * as z from 'zod/mini';
import { requireAdmin } from '../../shared/actor.ts';
import type { OperationContext } from '../../shared/context.ts';
import { type JsonOperation, parseValue } from '../../shared/http/json-api.ts';
import type { DeliveryOperation } from '../routes.ts';
import { getWebhook } from '../webhook-store.ts';
import { DELIVERY_STATUSES } from './delivery.ts';
import { getDelivery } from './get-delivery.ts';
import { listDeliveries } from './history-store.ts';
import { replayDelivery } from './replay-delivery.ts';

const listQuery = z.strictObject({
  status: z.optional(z.enum(DELIVERY_STATUSES)),
  after: z.optional(z.string()),
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(1000)), 100),
});

const forAdmins =
  (operation: JsonOperation): JsonOperation =>
  (request, context: OperationContext) => {
    requireAdmin(context.actor);
    return operation(request, context);
  };

/** Throws RESOURCE_DOES_NOT_EXIST unless there is, or was, such a webhook: the history outlives its webhook. */
async function checkKnown(webhookId: string): Promise<void> {
  const { deliveries } = await listDeliveries(webhookId, { limit: 1 });
  if (deliveries.length === 0) await getWebhook(webhookId);
}

/** History and replay. For admins only: the bodies of deliveries quote texts of the registry. */
export const deliveryOperations: Readonly<Record<DeliveryOperation, JsonOperation>> = {
  listDeliveries: forAdmins(async ({ params, query }) => {
    const { id = '' } = params;
    const page = await listDeliveries(id, parseValue(query, listQuery));
    if (page.deliveries.length === 0) await checkKnown(id);
    return page;
  }),
  getDelivery: forAdmins(({ params }) => getDelivery(params.id ?? '')),
  replayDelivery: forAdmins(({ params }, context) => replayDelivery(params.id ?? '', context)),
};
