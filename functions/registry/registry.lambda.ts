import { mlflowApi } from '../mlflow/index.ts';
import { guarded } from './guard-operations.ts';
import { finishingRenames } from './models/finish-renames.ts';
import { operations, ownOperations } from './operations.ts';
import { registryRoutes } from './routes.ts';
import { unityOperations } from './unity-catalog/operations.ts';
import { workspaceOperations } from './workspace/operations.ts';

export const handler = mlflowApi(
  registryRoutes,
  'registry',
  finishingRenames(
    guarded({ ...operations, ...ownOperations, ...workspaceOperations, ...unityOperations }),
  ),
);
