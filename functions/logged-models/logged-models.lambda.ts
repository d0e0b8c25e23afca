import { mlflowApi } from '../mlflow/index.ts';
import { loggedModelOperations } from './operations.ts';
import { loggedModelsRoutes } from './routes.ts';

export const handler = mlflowApi(loggedModelsRoutes, 'logged-models', loggedModelOperations);
