import { defineFunctions } from '../shared/declare.ts';

/** Versions that became fresh or changed while they were. */
const FRESH_VERSIONS = { dynamodb: { NewImage: { listed: { S: ['version'] } } } };

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
      // The signature of a model, for its lineage.
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'read' },
    },
  },
  'registry-compact': {
    entry: 'functions/registry/registry-compact.lambda.ts',
    purpose: 'Moves versions that rest to the segments that searches read.',
    memoryMb: 512,
    timeoutSeconds: 300,
    reservedConcurrency: 1,
    environment: { REGISTRY_TABLE: { table: 'registry', access: 'readWrite' } },
    triggers: [{ stream: 'registry', filter: FRESH_VERSIONS, batchSize: 1000, windowSeconds: 5 }],
  },
});
