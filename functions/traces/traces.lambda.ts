import { mlflowApi } from '../mlflow/index.ts';
import { guarded } from './guard-operations.ts';
import { tracesOperations } from './operations.ts';
import { tracesRoutes } from './routes.ts';

export const handler = mlflowApi(tracesRoutes, 'traces', guarded(tracesOperations));
