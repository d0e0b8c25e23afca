import { EITHER_API, type GatewayRoute, type Route } from '../shared/declare.ts';

const OPERATIONS = [
  ['createRegisteredModel', 'POST', '/registered-models/create'],
  ['renameRegisteredModel', 'POST', '/registered-models/rename'],
  ['updateRegisteredModel', 'PATCH', '/registered-models/update'],
  ['deleteRegisteredModel', 'DELETE', '/registered-models/delete'],
  ['getRegisteredModel', 'GET', '/registered-models/get'],
  ['searchRegisteredModels', 'GET', '/registered-models/search'],
  // MLflow's R client sends it so; its own server does not take that.
  ['searchRegisteredModels', 'POST', '/registered-models/search'],
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

const WORKSPACE_OPERATIONS = [
  ['listRegisteredModels', 'GET', '/registered-models/list'],
  ['getDatabricksModel', 'GET', '/databricks/registered-models/get'],
  ['transitionDatabricksStage', 'POST', '/databricks/model-versions/transition-stage'],
  ['createTransitionRequest', 'POST', '/transition-requests/create'],
  ['approveTransitionRequest', 'POST', '/transition-requests/approve'],
  ['rejectTransitionRequest', 'POST', '/transition-requests/reject'],
  ['deleteTransitionRequest', 'DELETE', '/transition-requests/delete'],
  ['listTransitionRequests', 'GET', '/transition-requests/list'],
  ['listActivities', 'GET', '/activities/list'],
  ['createComment', 'POST', '/comments/create'],
  ['updateComment', 'PATCH', '/comments/update'],
  ['deleteComment', 'DELETE', '/comments/delete'],
] as const;

const PERMISSIONS = '/api/2.0/permissions/registered-models';

const PERMISSION_OPERATIONS = [
  ['getModelPermissionLevels', 'GET', '/{registered_model_id}/permissionLevels'],
  ['getModelPermissions', 'GET', '/{registered_model_id}'],
  ['setModelPermissions', 'PUT', '/{registered_model_id}'],
  ['updateModelPermissions', 'PATCH', '/{registered_model_id}'],
] as const;

const UNITY = '/api/2.1/unity-catalog/models';

const UNITY_OPERATIONS = [
  ['createUnityModel', 'POST', ''],
  ['listUnityModels', 'GET', ''],
  ['getUnityModel', 'GET', '/{full_name}'],
  ['updateUnityModel', 'PATCH', '/{full_name}'],
  ['deleteUnityModel', 'DELETE', '/{full_name}'],
  ['setUnityAlias', 'PUT', '/{full_name}/aliases/{alias}'],
  ['deleteUnityAlias', 'DELETE', '/{full_name}/aliases/{alias}'],
  ['getUnityVersionByAlias', 'GET', '/{full_name}/aliases/{alias}'],
  ['listUnityVersions', 'GET', '/{full_name}/versions'],
  ['getUnityVersion', 'GET', '/{full_name}/versions/{version}'],
  ['updateUnityVersion', 'PATCH', '/{full_name}/versions/{version}'],
  ['deleteUnityVersion', 'DELETE', '/{full_name}/versions/{version}'],
] as const;

const OWN = '/api/slipway/v1/models';

const OWN_OPERATIONS = [['getLineage', 'GET', '/{name}/versions/{version}/lineage']] as const;

/** Python, R and Java clients use `api`, the web interface `ajax-api`: exact aliases. */
const PREFIXES = ['/api/2.0/mlflow', '/ajax-api/2.0/mlflow'] as const;

export type MlflowRegistryOperation = (typeof OPERATIONS)[number][0];
export type WorkspaceOperation =
  | (typeof WORKSPACE_OPERATIONS)[number][0]
  | (typeof PERMISSION_OPERATIONS)[number][0];
export type UnityOperation = (typeof UNITY_OPERATIONS)[number][0];
export type OwnRegistryOperation = (typeof OWN_OPERATIONS)[number][0];
export type RegistryOperation =
  | OwnRegistryOperation
  | MlflowRegistryOperation
  | WorkspaceOperation
  | UnityOperation;

interface RegistryRoute extends Route {
  readonly operation: RegistryOperation;
  readonly fn: 'registry';
}

type Row = readonly [RegistryOperation, Route['method'], string];

const under = (prefix: `/${string}`, rows: readonly Row[]): RegistryRoute[] =>
  rows.map(([operation, method, path]) => ({
    operation,
    method,
    path: `${prefix}${path}`,
    fn: 'registry',
  }));

export const registryRoutes: readonly RegistryRoute[] = [
  ...PREFIXES.flatMap((prefix) => under(prefix, [...OPERATIONS, ...WORKSPACE_OPERATIONS])),
  ...under(PERMISSIONS, PERMISSION_OPERATIONS),
  ...under(UNITY, UNITY_OPERATIONS),
  ...under(OWN, OWN_OPERATIONS),
];

const FOLDERS = [
  'registered-models',
  'model-versions',
  'databricks/registered-models',
  'databricks/model-versions',
  'transition-requests',
  'activities',
  'comments',
];

export const registryGateway: GatewayRoute[] = [
  ...FOLDERS.map((folder) => `${EITHER_API}/2.0/mlflow/${folder}/{proxy+}`),
  `${PERMISSIONS}/{proxy+}`,
  UNITY,
  `${UNITY}/{proxy+}`,
]
  .map((path) => `ANY ${path}`)
  .concat(OWN_OPERATIONS.map(([, method, path]) => `${method} ${OWN}${path}`))
  .map((key) => ({ fn: 'registry', key }));
