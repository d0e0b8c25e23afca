import { mlflowApi } from '../mlflow/index.ts';
import { guarded } from './guard-operations.ts';
import { ingestOperations } from './ingest-operations.ts';
import { trackingRoutes } from './routes.ts';

export const handler = mlflowApi(trackingRoutes, 'tracking-ingest', guarded(ingestOperations));
