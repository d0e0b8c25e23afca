import type { Context, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { catalogue } from '../events/catalogue.ts';
import { consumeBatches } from '../events/consume.ts';
import { mlflowApi } from '../mlflow/index.ts';
import { requireAdmin } from '../shared/actor.ts';
import { systemClock } from '../shared/clock.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi, parseValue } from '../shared/http/json-api.ts';
import { databricksOperations } from './databricks-operations.ts';
import { DELIVERY_STATUSES } from './delivery.ts';
import { listDeliveries } from './delivery-store.ts';
import { fanOut } from './fan-out.ts';
import { mlflowOperations } from './mlflow-operations.ts';
import { toPlatformEvent } from './notice.ts';
import { wake } from './queue-store.ts';
import { getDelivery, replayDelivery } from './replay-delivery.ts';
import { deliveryRoutes, webhookRoutes } from './routes.ts';
import { allWebhooks } from './webhook-store.ts';

const listQuery = z.strictObject({
  status: z.enum(DELIVERY_STATUSES).optional(),
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const webhooks = mlflowApi(webhookRoutes, 'webhooks', {
  ...mlflowOperations,
  ...databricksOperations,
});

const deliveries = jsonApi(deliveryRoutes, 'webhooks', {
  listDeliveries: ({ params, query }, { actor }) => {
    requireAdmin(actor);
    return listDeliveries(params.id ?? '', parseValue(query, listQuery));
  },
  getDelivery: ({ params }, { actor }) => {
    requireAdmin(actor);
    return getDelivery(params.id ?? '');
  },
  replayDelivery: ({ params }, context) => {
    requireAdmin(context.actor);
    return replayDelivery(params.id ?? '', context);
  },
});

const events = consumeBatches(catalogue, (received) =>
  fanOut(
    received.map(({ definition, envelope }) => toPlatformEvent(definition, envelope)),
    { webhooks: allWebhooks, wake, clock: systemClock },
  ),
);

export const handler = (event: HttpEvent | SQSEvent, context: Context) => {
  if ('Records' in event) return events(event, context);
  const own = event.rawPath.startsWith('/api/slipway/');
  return own ? deliveries(event, context) : webhooks(event, context);
};
