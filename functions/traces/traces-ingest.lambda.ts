import { jsonApi } from '../shared/http/json-api.ts';
import { exportSpans } from './otlp/export-spans.ts';
import { tracesRoutes } from './routes.ts';

export const handler = jsonApi(tracesRoutes, 'traces-ingest', { exportSpans });
