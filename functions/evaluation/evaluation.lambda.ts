import type { Context } from 'aws-lambda';
import { mlflowApi } from '../mlflow/index.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi } from '../shared/http/json-api.ts';
import { guarded } from './guard-operations.ts';
import { databricksIssueOperations } from './issues/databricks-operations.ts';
import { evaluationOperations } from './operations.ts';
import { databricksIssueRoutes, evaluationRoutes } from './routes.ts';

const mlflow = mlflowApi(evaluationRoutes, 'evaluation', guarded(evaluationOperations));
const databricks = jsonApi(databricksIssueRoutes, 'evaluation', databricksIssueOperations);

export const handler = (event: HttpEvent, context: Context) =>
  event.rawPath.startsWith('/api/2.0/') ? databricks(event, context) : mlflow(event, context);
