import { mlflowApi } from '../mlflow/index.ts';
import { guarded } from './guard-operations.ts';
import { loggedModelOperations } from './operations.ts';
import { loggedModelsRoutes } from './routes.ts';

export const handler = mlflowApi(
  loggedModelsRoutes,
  'logged-models',
  guarded(loggedModelOperations),
);
