import { EITHER_API, type GatewayRoute, type Route } from '../shared/declare.ts';

const OPERATIONS = [
  ['createWebhook', 'POST', '/webhooks'],
  ['listWebhooks', 'GET', '/webhooks'],
  ['getWebhook', 'GET', '/webhooks/{webhook_id}'],
  ['updateWebhook', 'PATCH', '/webhooks/{webhook_id}'],
  ['deleteWebhook', 'DELETE', '/webhooks/{webhook_id}'],
  ['testWebhook', 'POST', '/webhooks/{webhook_id}/test'],
  ['createRegistryWebhook', 'POST', '/registry-webhooks/create'],
  ['listRegistryWebhooks', 'GET', '/registry-webhooks/list'],
  ['updateRegistryWebhook', 'PATCH', '/registry-webhooks/update'],
  ['deleteRegistryWebhook', 'DELETE', '/registry-webhooks/delete'],
  ['testRegistryWebhook', 'POST', '/registry-webhooks/test'],
] as const;

const PREFIXES = ['/api/2.0/mlflow', '/ajax-api/2.0/mlflow'] as const;

const OWN = '/api/slipway/v1';

const OWN_OPERATIONS = [
  ['listDeliveries', 'GET', '/webhooks/{id}/deliveries'],
  ['getDelivery', 'GET', '/deliveries/{id}'],
  ['replayDelivery', 'POST', '/deliveries/{id}/replay'],
] as const;

export type WebhookOperation = (typeof OPERATIONS)[number][0];
export type DeliveryOperation = (typeof OWN_OPERATIONS)[number][0];

interface WebhookRoute extends Route {
  readonly operation: WebhookOperation;
  readonly fn: 'webhooks';
}

interface DeliveryRoute extends Route {
  readonly operation: DeliveryOperation;
  readonly fn: 'webhooks';
}

/** Both dialects of webhooks, decoded as MLflow's messages are. */
export const webhookRoutes: readonly WebhookRoute[] = PREFIXES.flatMap((prefix) =>
  OPERATIONS.map(
    ([operation, method, path]): WebhookRoute => ({
      operation,
      method,
      path: `${prefix}${path}`,
      fn: 'webhooks',
    }),
  ),
);

/** History and replay. */
export const deliveryRoutes: readonly DeliveryRoute[] = OWN_OPERATIONS.map(
  ([operation, method, path]): DeliveryRoute => ({
    operation,
    method,
    path: `${OWN}${path}`,
    fn: 'webhooks',
  }),
);

export const webhooksGateway: GatewayRoute[] = [
  { fn: 'webhooks', key: `ANY ${EITHER_API}/2.0/mlflow/webhooks` },
  { fn: 'webhooks', key: `ANY ${EITHER_API}/2.0/mlflow/webhooks/{proxy+}` },
  { fn: 'webhooks', key: `ANY ${EITHER_API}/2.0/mlflow/registry-webhooks/{proxy+}` },
  { fn: 'webhooks', key: `GET ${OWN}/webhooks/{id}/deliveries` },
  { fn: 'webhooks', key: `ANY ${OWN}/deliveries/{proxy+}` },
];
