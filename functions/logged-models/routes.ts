import { EITHER_API, type GatewayRoute, type Route } from '../shared/declare.ts';

const OPERATIONS = [
  ['createLoggedModel', 'POST', ''],
  ['searchLoggedModels', 'POST', '/search'],
  ['getLoggedModel', 'GET', '/{model_id}'],
  ['finalizeLoggedModel', 'PATCH', '/{model_id}'],
  ['deleteLoggedModel', 'DELETE', '/{model_id}'],
  ['setLoggedModelTags', 'PATCH', '/{model_id}/tags'],
  ['deleteLoggedModelTag', 'DELETE', '/{model_id}/tags/{tag_key+}'],
  ['logLoggedModelParams', 'POST', '/{model_id}/params'],
] as const;

/** Python clients use `api`, the web interface `ajax-api`: exact aliases. */
const PREFIXES = ['/api/2.0/mlflow/logged-models', '/ajax-api/2.0/mlflow/logged-models'] as const;

interface LoggedModelRoute extends Route {
  readonly operation: (typeof OPERATIONS)[number][0];
  readonly fn: 'logged-models';
}

export const loggedModelsRoutes: readonly LoggedModelRoute[] = PREFIXES.flatMap((prefix) =>
  OPERATIONS.map(
    ([operation, method, path]): LoggedModelRoute => ({
      operation,
      method,
      path: `${prefix}${path}`,
      fn: 'logged-models',
    }),
  ),
);

export const loggedModelsGateway: GatewayRoute[] = [
  { fn: 'logged-models', key: `ANY ${EITHER_API}/2.0/mlflow/logged-models` },
  { fn: 'logged-models', key: `ANY ${EITHER_API}/2.0/mlflow/logged-models/{proxy+}` },
];
