import { mlflowApi } from '../mlflow/index.ts';
import { evaluationOperations } from './operations.ts';
import { evaluationRoutes } from './routes.ts';

export const handler = mlflowApi(evaluationRoutes, 'evaluation', evaluationOperations);
