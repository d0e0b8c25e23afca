import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import type { EventDefinition } from '../events/define.ts';
import { ModelAliasMoved } from '../registry/events.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi } from '../shared/http/json-api.ts';
import {
  EndpointConfigChanged,
  EndpointRolledBack,
  EndpointSettingsChanged,
  ScorerFailed,
  ScorerPrepared,
  ScorerRequested,
} from './events.ts';
import { followAlias } from './follow-alias.ts';
import { servingOperations } from './operations.ts';
import { startPreparation } from './prepare-python.ts';
import { reconcileEndpoint } from './reconcile-endpoint.ts';
import { servingRoutes } from './routes.ts';

const http = jsonApi(servingRoutes, 'serving', servingOperations);

const reconcileOn = <T extends { endpoint: string }>(definition: EventDefinition<T>) =>
  on(definition, ({ endpoint }, context) => reconcileEndpoint(endpoint, definition.type, context));

const events = consumeEvents([
  on(ModelAliasMoved, followAlias),
  reconcileOn(EndpointConfigChanged),
  reconcileOn(EndpointSettingsChanged),
  reconcileOn(EndpointRolledBack),
  on(ScorerRequested, (data, context, metadata) => startPreparation(data, context, metadata.id)),
  reconcileOn(ScorerPrepared),
  reconcileOn(ScorerFailed),
]);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);
