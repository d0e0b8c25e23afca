import { defineFunctions } from '../shared/declare.ts';

export const registryFunctions = defineFunctions({
  registry: {
    entry: 'functions/registry/registry.lambda.ts',
    purpose: 'Registered models, versions, aliases, stages and tags in the MLflow dialect.',
    memoryMb: 512,
    timeoutSeconds: 29,
    environment: {
      REGISTRY_TABLE: { table: 'registry', access: 'readWrite' },
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      PLATFORM_TABLE: { table: 'platform', access: 'read' },
    },
  },
});
