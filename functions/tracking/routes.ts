import { EITHER_API, type GatewayRoute, type Route } from '../shared/declare.ts';

const OPERATIONS = [
  ['createExperiment', 'POST', '/experiments/create', 'tracking'],
  ['getExperiment', 'GET', '/experiments/get', 'tracking'],
  ['getExperimentByName', 'GET', '/experiments/get-by-name', 'tracking'],
  ['searchExperiments', 'POST', '/experiments/search', 'tracking'],
  ['searchExperiments', 'GET', '/experiments/search', 'tracking'],
  ['updateExperiment', 'POST', '/experiments/update', 'tracking'],
  ['deleteExperiment', 'POST', '/experiments/delete', 'tracking'],
  ['restoreExperiment', 'POST', '/experiments/restore', 'tracking'],
  ['setExperimentTag', 'POST', '/experiments/set-experiment-tag', 'tracking'],
  ['deleteExperimentTag', 'POST', '/experiments/delete-experiment-tag', 'tracking'],
  ['createRun', 'POST', '/runs/create', 'tracking'],
  ['getRun', 'GET', '/runs/get', 'tracking'],
  ['updateRun', 'POST', '/runs/update', 'tracking'],
  ['deleteRun', 'POST', '/runs/delete', 'tracking'],
  ['restoreRun', 'POST', '/runs/restore', 'tracking'],
  ['searchRuns', 'POST', '/runs/search', 'tracking'],
  ['deleteTag', 'POST', '/runs/delete-tag', 'tracking'],
  ['logInputs', 'POST', '/runs/log-inputs', 'tracking'],
  ['logOutputs', 'POST', '/runs/outputs', 'tracking'],
  ['logModel', 'POST', '/runs/log-model', 'tracking'],
  ['getMetricHistory', 'GET', '/metrics/get-history', 'tracking'],
  ['getMetricHistoryBulkInterval', 'GET', '/metrics/get-history-bulk-interval', 'tracking'],
  ['getMetricHistoryBulk', 'GET', '/metrics/get-history-bulk', 'tracking'],
  ['searchDatasets', 'POST', '/experiments/search-datasets', 'tracking'],
  ['setTag', 'POST', '/runs/set-tag', 'tracking-ingest'],
  ['logBatch', 'POST', '/runs/log-batch', 'tracking-ingest'],
  ['logMetric', 'POST', '/runs/log-metric', 'tracking-ingest'],
  ['logParameter', 'POST', '/runs/log-parameter', 'tracking-ingest'],
] as const;

/** What Databricks' SDK asks for beyond MLflow's. */
const WORKSPACE_OPERATIONS = [
  ['listExperiments', 'GET', '/experiments/list'],
  ['deleteRuns', 'POST', '/databricks/runs/delete-runs'],
  ['restoreRuns', 'POST', '/databricks/runs/restore-runs'],
] as const;

const PERMISSIONS = '/api/2.0/permissions/experiments/{experiment_id}';

const PERMISSION_OPERATIONS = [
  ['getExperimentPermissionLevels', 'GET', '/permissionLevels'],
  ['getExperimentPermissions', 'GET', ''],
  ['setExperimentPermissions', 'PUT', ''],
  ['updateExperimentPermissions', 'PATCH', ''],
] as const;

/** Python, R and Java clients use `api`, the web interface `ajax-api`: exact aliases. */
const PREFIXES = ['/api/2.0/mlflow', '/ajax-api/2.0/mlflow'] as const;

type Row = (typeof OPERATIONS)[number];

type TrackingOperation = Extract<Row, readonly [string, string, string, 'tracking']>[0];
type IngestOperation = Extract<Row, readonly [string, string, string, 'tracking-ingest']>[0];

export type TrackingRoute = Route &
  (
    | {
        readonly operation: TrackingOperation | WorkspaceOperation | SystemOperation;
        readonly fn: 'tracking';
      }
    | { readonly operation: IngestOperation; readonly fn: 'tracking-ingest' }
  );

type WorkspaceOperation =
  | (typeof WORKSPACE_OPERATIONS)[number][0]
  | (typeof PERMISSION_OPERATIONS)[number][0];

type SystemOperation =
  | 'getHealth'
  | 'getVersion'
  | 'getServerInfo'
  | 'getUiTelemetry'
  | 'listGatewayEndpoints'
  | 'listGatewayModels'
  | 'listGatewayProviders'
  | 'getGatewaySecretsConfig';

const SYSTEM: readonly TrackingRoute[] = [
  { operation: 'getHealth', method: 'GET', path: '/health', fn: 'tracking', open: true },
  { operation: 'getVersion', method: 'GET', path: '/version', fn: 'tracking', open: true },
];

/** The lists of an older and of a newer gateway. */
const GATEWAY_ENDPOINTS = [
  '/ajax-api/2.0/mlflow/gateway-proxy',
  '/ajax-api/3.0/mlflow/gateway/endpoints/list',
] as const;
const GATEWAY_MODELS = '/ajax-api/3.0/mlflow/gateway/supported-models';
const GATEWAY_PROVIDERS = '/ajax-api/3.0/mlflow/gateway/supported-providers';
const GATEWAY_SECRETS = '/ajax-api/3.0/mlflow/gateway/secrets/config';
const TELEMETRY = '/ajax-api/3.0/mlflow/ui-telemetry';
const SERVER_INFO = ['/api/3.0/mlflow/server-info', '/ajax-api/3.0/mlflow/server-info'] as const;

export const trackingRoutes: readonly TrackingRoute[] = [
  ...SYSTEM,
  { operation: 'getUiTelemetry', method: 'GET', path: TELEMETRY, fn: 'tracking' },
  ...GATEWAY_ENDPOINTS.map(
    (path) => ({ operation: 'listGatewayEndpoints', method: 'GET', path, fn: 'tracking' }) as const,
  ),
  { operation: 'listGatewayModels', method: 'GET', path: GATEWAY_MODELS, fn: 'tracking' },
  { operation: 'listGatewayProviders', method: 'GET', path: GATEWAY_PROVIDERS, fn: 'tracking' },
  { operation: 'getGatewaySecretsConfig', method: 'GET', path: GATEWAY_SECRETS, fn: 'tracking' },
  ...SERVER_INFO.map(
    (path) => ({ operation: 'getServerInfo', method: 'GET', path, fn: 'tracking' }) as const,
  ),
  ...WORKSPACE_OPERATIONS.map(
    ([operation, method, path]) =>
      ({ operation, method, path: `/api/2.0/mlflow${path}`, fn: 'tracking' }) as const,
  ),
  ...PERMISSION_OPERATIONS.map(
    ([operation, method, path]) =>
      ({ operation, method, path: `${PERMISSIONS}${path}`, fn: 'tracking' }) as const,
  ),
  ...PREFIXES.flatMap((prefix) =>
    OPERATIONS.map(
      ([operation, method, path, fn]) =>
        ({ operation, method, path: `${prefix}${path}`, fn }) as TrackingRoute,
    ),
  ),
];

const INGEST = OPERATIONS.filter(([, , , fn]) => fn === 'tracking-ingest');

export const trackingGateway: GatewayRoute[] = [
  // Whatever no domain claims is answered here, with MLflow's body of an unknown endpoint.
  { fn: 'tracking', key: '$default' },
  { fn: 'tracking', key: 'GET /health', open: true },
  { fn: 'tracking', key: 'GET /version', open: true },
  { fn: 'tracking', key: `GET ${EITHER_API}/3.0/mlflow/server-info` },
  { fn: 'tracking', key: `GET ${TELEMETRY}` },
  ...GATEWAY_ENDPOINTS.map((path) => ({ fn: 'tracking', key: `GET ${path}` })),
  { fn: 'tracking', key: `GET ${GATEWAY_SECRETS}` },
  ...['experiments', 'runs', 'metrics'].map((noun) => ({
    fn: 'tracking',
    key: `ANY ${EITHER_API}/2.0/mlflow/${noun}/{proxy+}`,
  })),
  ...INGEST.map(([, method, path]) => ({
    fn: 'tracking-ingest',
    key: `${method} ${EITHER_API}/2.0/mlflow${path}`,
  })),
];
