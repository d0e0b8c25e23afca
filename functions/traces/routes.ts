import { EITHER_API, type GatewayRoute, type Route } from '../shared/declare.ts';

const V3 = [
  ['startTrace', 'POST', ''],
  ['searchTraces', 'POST', '/search'],
  ['getTrace', 'GET', '/get'],
  ['batchGetTraces', 'GET', '/batchGet'],
  ['batchGetTraceInfos', 'POST', '/batchGetInfos'],
  ['deleteTraces', 'POST', '/delete-traces'],
  ['calculateFilterCorrelation', 'POST', '/calculate-filter-correlation'],
  ['queryTraceMetrics', 'POST', '/metrics'],
  ['getTraceInfo', 'GET', '/{trace_id}'],
  ['setTraceTag', 'PATCH', '/{trace_id}/tags'],
  ['deleteTraceTag', 'DELETE', '/{trace_id}/tags'],
  ['createAssessment', 'POST', '/{trace_id}/assessments'],
  ['getAssessment', 'GET', '/{trace_id}/assessments/{assessment_id}'],
  ['updateAssessment', 'PATCH', '/{trace_id}/assessments/{assessment_id}'],
  ['deleteAssessment', 'DELETE', '/{trace_id}/assessments/{assessment_id}'],
] as const;

/** Clients before MLflow 3, and two calls of newer ones. */
const V2 = [
  ['startTraceV2', 'POST', ''],
  ['searchTracesV2', 'GET', ''],
  ['deleteTraces', 'POST', '/delete-traces'],
  ['linkTracesToRun', 'POST', '/link-to-run'],
  ['linkPromptsToTrace', 'POST', '/link-prompts'],
  ['endTraceV2', 'PATCH', '/{request_id}'],
  ['getTraceInfoV2', 'GET', '/{request_id}/info'],
  ['setTraceTagV2', 'PATCH', '/{request_id}/tags'],
  ['deleteTraceTagV2', 'DELETE', '/{request_id}/tags'],
] as const;

/** Only the web interface asks for them. */
const DEMO = [
  ['generateDemo', 'POST', '/ajax-api/3.0/mlflow/demo/generate'],
  ['deleteDemo', 'POST', '/ajax-api/3.0/mlflow/demo/delete'],
] as const;

type TracesOperation =
  | (typeof V3)[number][0]
  | (typeof V2)[number][0]
  | (typeof DEMO)[number][0]
  | 'getTraceArtifact';

type TracesRoute = Route &
  (
    | { readonly operation: TracesOperation; readonly fn: 'traces' }
    | { readonly operation: 'exportSpans'; readonly fn: 'traces-ingest' }
  );

/** Clients use `api`, the web interface `ajax-api`: exact aliases. */
const PREFIXES = ['/api', '/ajax-api'] as const;

const ARTIFACTS = [
  '/ajax-api/2.0/mlflow/get-trace-artifact',
  '/ajax-api/3.0/mlflow/get-trace-artifact',
] as const;

/** OpenTelemetry's own path. */
const OTLP = '/v1/traces';

export const tracesRoutes: readonly TracesRoute[] = [
  ...PREFIXES.flatMap((prefix) => [
    ...V3.map(
      ([operation, method, path]) =>
        ({ operation, method, path: `${prefix}/3.0/mlflow/traces${path}`, fn: 'traces' }) as const,
    ),
    ...V2.map(
      ([operation, method, path]) =>
        ({ operation, method, path: `${prefix}/2.0/mlflow/traces${path}`, fn: 'traces' }) as const,
    ),
  ]),
  ...ARTIFACTS.map(
    (path) => ({ operation: 'getTraceArtifact', method: 'GET', path, fn: 'traces' }) as const,
  ),
  ...DEMO.map(([operation, method, path]) => ({ operation, method, path, fn: 'traces' }) as const),
  { operation: 'exportSpans', method: 'POST', path: OTLP, fn: 'traces-ingest' },
];

export const tracesGateway: GatewayRoute[] = [
  ...['2.0', '3.0'].flatMap((version) => [
    { fn: 'traces', key: `ANY ${EITHER_API}/${version}/mlflow/traces` },
    { fn: 'traces', key: `ANY ${EITHER_API}/${version}/mlflow/traces/{proxy+}` },
  ]),
  ...ARTIFACTS.map((path) => ({ fn: 'traces', key: `ANY ${path}` })),
  ...DEMO.map(([, method, path]) => ({ fn: 'traces', key: `${method} ${path}` })),
  { fn: 'traces-ingest', key: `ANY ${OTLP}` },
];
