import type { GatewayRoute, Route } from '../shared/declare.ts';

const OPERATIONS = [
  ['createRegisteredModel', 'POST', '/registered-models/create'],
  ['renameRegisteredModel', 'POST', '/registered-models/rename'],
  ['updateRegisteredModel', 'PATCH', '/registered-models/update'],
  ['deleteRegisteredModel', 'DELETE', '/registered-models/delete'],
  ['getRegisteredModel', 'GET', '/registered-models/get'],
  ['searchRegisteredModels', 'GET', '/registered-models/search'],
  ['getLatestVersions', 'GET', '/registered-models/get-latest-versions'],
  ['getLatestVersions', 'POST', '/registered-models/get-latest-versions'],
  ['setRegisteredModelTag', 'POST', '/registered-models/set-tag'],
  ['deleteRegisteredModelTag', 'DELETE', '/registered-models/delete-tag'],
  ['setRegisteredModelAlias', 'POST', '/registered-models/alias'],
  ['deleteRegisteredModelAlias', 'DELETE', '/registered-models/alias'],
  ['getModelVersionByAlias', 'GET', '/registered-models/alias'],
  ['createModelVersion', 'POST', '/model-versions/create'],
  ['getModelVersion', 'GET', '/model-versions/get'],
  ['getModelVersionDownloadUri', 'GET', '/model-versions/get-download-uri'],
  ['updateModelVersion', 'PATCH', '/model-versions/update'],
  ['transitionModelVersionStage', 'POST', '/model-versions/transition-stage'],
  ['deleteModelVersion', 'DELETE', '/model-versions/delete'],
  ['searchModelVersions', 'GET', '/model-versions/search'],
  ['setModelVersionTag', 'POST', '/model-versions/set-tag'],
  ['deleteModelVersionTag', 'DELETE', '/model-versions/delete-tag'],
] as const;

/** Python, R and Java clients use `api`, the web interface `ajax-api`: exact aliases. */
const PREFIXES = ['/api/2.0/mlflow', '/ajax-api/2.0/mlflow'] as const;

export type RegistryOperation = (typeof OPERATIONS)[number][0];

export interface RegistryRoute extends Route {
  readonly operation: RegistryOperation;
  readonly fn: 'registry';
}

export const registryRoutes: readonly RegistryRoute[] = PREFIXES.flatMap((prefix) =>
  OPERATIONS.map(
    ([operation, method, path]): RegistryRoute => ({
      operation,
      method,
      path: `${prefix}${path}`,
      fn: 'registry',
    }),
  ),
);

export const registryGateway: GatewayRoute[] = PREFIXES.flatMap((prefix) => [
  { fn: 'registry', key: `ANY ${prefix}/registered-models/{proxy+}` },
  { fn: 'registry', key: `ANY ${prefix}/model-versions/{proxy+}` },
]);
