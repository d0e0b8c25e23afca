import { defineFunctions } from '../shared/declare.ts';

export const loggedModelsFunctions = defineFunctions({
  'logged-models': {
    entry: 'functions/logged-models/logged-models.lambda.ts',
    purpose: 'Models that runs logged, with their params, tags and metrics, in the MLflow dialect.',
    memoryMb: 512,
    timeoutSeconds: 29,
    environment: {
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      METRICS_TABLE: { table: 'metrics', access: 'readWrite' },
      ARTIFACT_ROOT: { setting: 'artifactRoot' },
    },
  },
});
