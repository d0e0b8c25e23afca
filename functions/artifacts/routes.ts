import { EITHER_API, type GatewayRoute, type Route } from '../shared/declare.ts';

const PREFIXES = ['/api/2.0', '/ajax-api/2.0'] as const;

const OPERATIONS = [
  ['listProxiedArtifacts', 'GET', '/mlflow-artifacts/artifacts'],
  ['downloadArtifact', 'GET', '/mlflow-artifacts/artifacts/{path+}'],
  ['uploadArtifact', 'PUT', '/mlflow-artifacts/artifacts/{path+}'],
  ['deleteArtifacts', 'DELETE', '/mlflow-artifacts/artifacts/{path+}'],
  ['createMultipartUpload', 'POST', '/mlflow-artifacts/mpu/create/{path+}'],
  ['completeMultipartUpload', 'POST', '/mlflow-artifacts/mpu/complete/{path+}'],
  ['abortMultipartUpload', 'POST', '/mlflow-artifacts/mpu/abort/{path+}'],
  ['getPresignedDownload', 'GET', '/mlflow-artifacts/presigned/{path+}'],
  ['createPresignedUploadUrl', 'POST', '/mlflow/artifacts/presigned-upload-url'],
  ['createPresignedDownloadUrl', 'POST', '/mlflow/artifacts/presigned-download-url'],
  ['listRunArtifacts', 'GET', '/mlflow/artifacts/list'],
  ['listModelArtifacts', 'GET', '/mlflow/logged-models/{model_id}/artifacts/directories'],
  ['getModelArtifact', 'GET', '/mlflow/logged-models/{model_id}/artifacts/files'],
] as const;

/** What only the web interface sends, and has no version in its path. */
const UI_OPERATIONS = [
  ['getRunArtifact', 'GET', '/get-artifact'],
  ['getVersionArtifact', 'GET', '/model-versions/get-artifact'],
  ['uploadRunArtifact', 'POST', '/ajax-api/2.0/mlflow/upload-artifact'],
] as const;

type ArtifactOperation = (typeof OPERATIONS)[number][0] | (typeof UI_OPERATIONS)[number][0];

interface ArtifactRoute extends Route {
  readonly operation: ArtifactOperation;
  readonly fn: 'artifacts';
}

export const artifactsRoutes: readonly ArtifactRoute[] = [
  ...UI_OPERATIONS.map(
    ([operation, method, path]): ArtifactRoute => ({ operation, method, path, fn: 'artifacts' }),
  ),
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

const EITHER = `${EITHER_API}/2.0`;

export const artifactsGateway: GatewayRoute[] = [
  ...UI_OPERATIONS.map(([, , path]) => `ANY ${path}`),
  `ANY ${EITHER}/mlflow-artifacts/artifacts`,
  `ANY ${EITHER}/mlflow-artifacts/artifacts/{proxy+}`,
  `ANY ${EITHER}/mlflow-artifacts/mpu/{proxy+}`,
  `ANY ${EITHER}/mlflow-artifacts/presigned/{proxy+}`,
  `ANY ${EITHER}/mlflow/artifacts/presigned-upload-url`,
  `ANY ${EITHER}/mlflow/artifacts/presigned-download-url`,
  `ANY ${EITHER}/mlflow/artifacts/list`,
  `ANY ${EITHER}/mlflow/logged-models/{model_id}/artifacts/directories`,
  `ANY ${EITHER}/mlflow/logged-models/{model_id}/artifacts/files`,
].map((key) => ({ fn: 'artifacts', key }));
