import type { Context, SQSEvent } from 'aws-lambda';
import { catalogue } from '../events/catalogue.ts';
import { consumeBatches } from '../events/consume.ts';
import { mlflowApi } from '../mlflow/index.ts';
import { systemClock } from '../shared/clock.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi } from '../shared/http/json-api.ts';
import { databricksOperations } from './databricks-operations.ts';
import { deliveryOperations } from './deliveries/delivery-operations.ts';
import { fanOut } from './deliveries/fan-out.ts';
import { wake } from './deliveries/queue-store.ts';
import { followModel } from './follow-model.ts';
import { mlflowOperations } from './mlflow-operations.ts';
import { toPlatformEvent } from './notices/notice.ts';
import { deliveryRoutes, webhookRoutes } from './routes.ts';
import { allWebhooks } from './webhook-store.ts';

const webhooks = mlflowApi(webhookRoutes, 'webhooks', {
  ...mlflowOperations,
  ...databricksOperations,
});
const deliveries = jsonApi(deliveryRoutes, 'webhooks', deliveryOperations);

const events = consumeBatches(catalogue, async (received) => {
  for (const event of received) await followModel(event);
  const seen = received.map(({ definition, envelope }) => toPlatformEvent(definition, envelope));
  return fanOut(seen, { webhooks: allWebhooks, wake, clock: systemClock });
});

export const handler = (event: HttpEvent | SQSEvent, context: Context) => {
  if ('Records' in event) return events(event, context);
  const own = event.rawPath.startsWith('/api/slipway/');
  return own ? deliveries(event, context) : webhooks(event, context);
};
