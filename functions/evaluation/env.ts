import { defineFunctions } from '../shared/declare.ts';

export const evaluationFunctions = defineFunctions({
  evaluation: {
    entry: 'functions/evaluation/evaluation.lambda.ts',
    purpose: 'Evaluation datasets, scorers and issues, in the MLflow dialect.',
    memoryMb: 512,
    timeoutSeconds: 29,
    environment: {
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      TRACES_TABLE: { table: 'traces', access: 'read' },
      ARTIFACT_ROOT: { setting: 'artifactRoot' },
    },
  },
});
