import { mlflowApi } from '../mlflow/index.ts';
import { operations } from './operations.ts';
import { registryRoutes } from './routes.ts';

export const handler = mlflowApi(registryRoutes, 'registry', operations);
