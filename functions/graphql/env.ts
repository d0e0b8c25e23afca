import { defineFunctions } from '../shared/declare.ts';

export const graphqlFunctions = defineFunctions({
  graphql: {
    entry: 'functions/graphql/graphql.lambda.ts',
    purpose: 'The queries of the MLflow web interface that join runs, versions and files.',
    memoryMb: 1024,
    timeoutSeconds: 29,
    environment: {
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      METRICS_TABLE: { table: 'metrics', access: 'read' },
      REGISTRY_TABLE: { table: 'registry', access: 'read' },
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'read' },
      ARTIFACT_ROOT: { setting: 'artifactRoot' },
    },
  },
});
