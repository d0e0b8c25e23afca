import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents } from '../events/consume.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi } from '../shared/http/json-api.ts';
import { servingOperations } from './operations.ts';
import { servingReactions } from './reactions.ts';
import { servingRoutes } from './routes.ts';

const http = jsonApi(servingRoutes, 'serving', servingOperations);
const events = consumeEvents(servingReactions);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);
