import { defineFunctions } from '../shared/declare.ts';

export const trackingFunctions = defineFunctions({
  tracking: {
    entry: 'functions/tracking/tracking.lambda.ts',
    purpose: 'Experiments and runs in the MLflow dialect; also answers what nobody else claims.',
    memoryMb: 1024,
    timeoutSeconds: 29,
    environment: {
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      METRICS_TABLE: { table: 'metrics', access: 'readWrite' },
      ARTIFACT_ROOT: { setting: 'artifactRoot' },
    },
  },
  'tracking-ingest': {
    entry: 'functions/tracking/tracking-ingest.lambda.ts',
    purpose:
      'Metrics, params and tags of runs: the hottest path, which must not wait behind searches.',
    memoryMb: 512,
    timeoutSeconds: 29,
    environment: {
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      METRICS_TABLE: { table: 'metrics', access: 'readWrite' },
    },
  },
});
