import type { GatewayRoute, Route } from '../shared/declare.ts';

const PREFIXES = ['/api/2.0', '/ajax-api/2.0'] as const;

const OPERATIONS = [
  ['listProxiedArtifacts', 'GET', '/mlflow-artifacts/artifacts'],
  ['downloadArtifact', 'GET', '/mlflow-artifacts/artifacts/{path+}'],
  ['uploadArtifact', 'PUT', '/mlflow-artifacts/artifacts/{path+}'],
  ['deleteArtifacts', 'DELETE', '/mlflow-artifacts/artifacts/{path+}'],
  ['listRunArtifacts', 'GET', '/mlflow/artifacts/list'],
  ['listModelArtifacts', 'GET', '/mlflow/logged-models/{model_id}/artifacts/directories'],
  ['getModelArtifact', 'GET', '/mlflow/logged-models/{model_id}/artifacts/files'],
] as const;

export type ArtifactOperation = (typeof OPERATIONS)[number][0] | 'getRunArtifact';

export interface ArtifactRoute extends Route {
  readonly operation: ArtifactOperation;
  readonly fn: 'artifacts';
}

export const artifactsRoutes: readonly ArtifactRoute[] = [
  { operation: 'getRunArtifact', method: 'GET', path: '/get-artifact', fn: 'artifacts' },
  ...PREFIXES.flatMap((prefix) =>
    OPERATIONS.map(
      ([operation, method, path]): ArtifactRoute => ({
        operation,
        method,
        path: `${prefix}${path}`,
        fn: 'artifacts',
      }),
    ),
  ),
];

export const artifactsGateway: GatewayRoute[] = [
  { fn: 'artifacts', key: 'GET /get-artifact' },
  ...PREFIXES.flatMap((prefix) => [
    { fn: 'artifacts', key: `GET ${prefix}/mlflow-artifacts/artifacts` },
    { fn: 'artifacts', key: `ANY ${prefix}/mlflow-artifacts/artifacts/{proxy+}` },
    { fn: 'artifacts', key: `GET ${prefix}/mlflow/artifacts/list` },
    { fn: 'artifacts', key: `GET ${prefix}/mlflow/logged-models/{model_id}/artifacts/directories` },
    { fn: 'artifacts', key: `GET ${prefix}/mlflow/logged-models/{model_id}/artifacts/files` },
  ]),
];
