import { defineFunctions } from '../shared/declare.ts';

export const tracesFunctions = defineFunctions({
  traces: {
    entry: 'functions/traces/traces.lambda.ts',
    purpose: 'Traces, their assessments, search and metrics in the MLflow dialect.',
    memoryMb: 1024,
    timeoutSeconds: 29,
    environment: {
      TRACES_TABLE: { table: 'traces', access: 'readWrite' },
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'read' },
      ARTIFACT_ROOT: { setting: 'artifactRoot' },
    },
  },
  'traces-ingest': {
    entry: 'functions/traces/traces-ingest.lambda.ts',
    purpose: 'Spans by OpenTelemetry: what applications send must not wait behind searches.',
    memoryMb: 512,
    timeoutSeconds: 29,
    environment: {
      TRACES_TABLE: { table: 'traces', access: 'readWrite' },
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      ARTIFACT_ROOT: { setting: 'artifactRoot' },
    },
  },
});
