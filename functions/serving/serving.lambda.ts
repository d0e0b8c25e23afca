import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import { ModelAliasMoved } from '../registry/events.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi } from '../shared/http/json-api.ts';
import { EndpointConfigChanged, EndpointRolledBack, EndpointSettingsChanged } from './events.ts';
import { followAlias } from './follow-alias.ts';
import { servingOperations } from './operations.ts';
import { reconcileEndpoint } from './reconcile-endpoint.ts';
import { servingRoutes } from './routes.ts';

const http = jsonApi(servingRoutes, 'serving', servingOperations);

const events = consumeEvents([
  on(ModelAliasMoved, followAlias),
  on(EndpointConfigChanged, ({ endpoint }, context) =>
    reconcileEndpoint(endpoint, 'EndpointConfigChanged', context),
  ),
  on(EndpointSettingsChanged, ({ endpoint }, context) =>
    reconcileEndpoint(endpoint, 'EndpointSettingsChanged', context),
  ),
  on(EndpointRolledBack, ({ endpoint }, context) =>
    reconcileEndpoint(endpoint, 'EndpointRolledBack', context),
  ),
]);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);
