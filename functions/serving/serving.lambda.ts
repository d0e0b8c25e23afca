import type { Context, SQSEvent } from 'aws-lambda';
import { consumeMessages, eventHandler } from '../events/consume.ts';
import { systemClock } from '../shared/clock.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi } from '../shared/http/json-api.ts';
import { servingOperations } from './operations.ts';
import { isObjectCreated, onQueueObject } from './queue/queue-operations.ts';
import { servingReactions } from './reactions.ts';
import { servingRoutes } from './routes.ts';
import { settleExecution } from './settle-execution.ts';

const http = jsonApi(servingRoutes, 'serving', servingOperations);
const react = eventHandler(servingReactions, settleExecution);
const events = consumeMessages(
  () => (body) => (isObjectCreated(body) ? onQueueObject(body, systemClock) : react(body)),
);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);
