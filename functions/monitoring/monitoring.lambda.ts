import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi, parseJson } from '../shared/http/json-api.ts';
import { getAbReport } from './ab/get-ab-report.ts';
import { WindowAmended, WindowClosed } from './events.ts';
import { recordLabels } from './labels/record-labels.ts';
import { monitoringRoutes } from './routes.ts';
import { evaluateAmended, evaluateClosed } from './windows/evaluate-window.ts';
import { listWindows } from './windows/list-windows.ts';

const http = jsonApi(monitoringRoutes, 'monitoring', {
  recordLabels: ({ params, body }, context) =>
    recordLabels(params.name ?? '', parseJson(body), context),
  listWindows: ({ params, query }) => listWindows(params.name ?? '', query),
  getAbReport: ({ params, query }, context) => getAbReport(params.name ?? '', query, context),
});

const events = consumeEvents([
  on(WindowClosed, evaluateClosed),
  on(WindowAmended, evaluateAmended),
]);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);
