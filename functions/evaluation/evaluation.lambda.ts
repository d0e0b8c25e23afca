import { mlflowApi } from '../mlflow/index.ts';
import { guarded } from './guard-operations.ts';
import { evaluationOperations } from './operations.ts';
import { evaluationRoutes } from './routes.ts';

export const handler = mlflowApi(evaluationRoutes, 'evaluation', guarded(evaluationOperations));
