import { mlflowApi } from '../mlflow/index.ts';
import { guarded } from './guard-operations.ts';
import { trackingOperations } from './operations.ts';
import { trackingRoutes } from './routes.ts';

export const handler = mlflowApi(trackingRoutes, 'tracking', guarded(trackingOperations));
