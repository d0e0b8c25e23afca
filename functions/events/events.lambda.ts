import { jsonApi, parseValue } from '../shared/http/json-api.ts';
import { exportEvents } from './export-events.ts';
import { listEvents, listEventsQuery } from './list-events.ts';
import { eventsRoutes } from './routes.ts';

export const handler = jsonApi(eventsRoutes, 'events', {
  listEvents: ({ query }) => listEvents(parseValue(query, listEventsQuery)),
  exportEvents: ({ query }) => exportEvents(parseValue(query, listEventsQuery)),
});
