import { defineFunctions } from '../shared/declare.ts';

export const artifactsFunctions = defineFunctions({
  artifacts: {
    entry: 'functions/artifacts/artifacts.lambda.ts',
    purpose: 'The artifact proxy: the only public way to the bucket.',
    memoryMb: 1024,
    timeoutSeconds: 29,
    environment: {
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'readWrite' },
      TRACKING_TABLE: { table: 'tracking', access: 'read' },
      REGISTRY_TABLE: { table: 'registry', access: 'read' },
    },
  },
});
