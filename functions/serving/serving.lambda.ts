import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import { ModelAliasMoved } from '../registry/events.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi, parseJson } from '../shared/http/json-api.ts';
import { createEndpoint } from './create-endpoint.ts';
import { deleteEndpoint } from './delete-endpoint.ts';
import { EndpointConfigChanged, EndpointRolledBack } from './events.ts';
import { followAlias } from './follow-alias.ts';
import { getEndpointDescription, listEndpointConfigs, listEndpoints } from './get-endpoint.ts';
import { reconcileEndpoint } from './reconcile-endpoint.ts';
import { rollbackEndpoint } from './rollback-endpoint.ts';
import { servingRoutes } from './routes.ts';
import { updateEndpointConfig } from './update-endpoint-config.ts';

const http = jsonApi(servingRoutes, 'serving', {
  createEndpoint: ({ body }, context) => createEndpoint(parseJson(body), context),
  listEndpoints: () => listEndpoints(),
  getEndpoint: ({ params }) => getEndpointDescription(params.name ?? ''),
  deleteEndpoint: ({ params }, context) => deleteEndpoint(params.name ?? '', context),
  updateEndpointConfig: ({ params, body }, context) =>
    updateEndpointConfig(params.name ?? '', parseJson(body), context),
  listEndpointConfigs: ({ params }) => listEndpointConfigs(params.name ?? ''),
  rollbackEndpoint: ({ params, body }, context) =>
    rollbackEndpoint(params.name ?? '', parseJson(body), context),
});

const events = consumeEvents([
  on(ModelAliasMoved, followAlias),
  on(EndpointConfigChanged, ({ endpoint }, context) =>
    reconcileEndpoint(endpoint, 'EndpointConfigChanged', context),
  ),
  on(EndpointRolledBack, ({ endpoint }, context) =>
    reconcileEndpoint(endpoint, 'EndpointRolledBack', context),
  ),
]);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);
