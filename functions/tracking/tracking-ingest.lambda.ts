import { mlflowApi } from '../mlflow/index.ts';
import { ingestOperations } from './ingest-operations.ts';
import { trackingRoutes } from './routes.ts';

export const handler = mlflowApi(trackingRoutes, 'tracking-ingest', ingestOperations);
