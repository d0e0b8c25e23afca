import { defineFunctions } from '../shared/declare.ts';

export const promotionFunctions = defineFunctions({
  promotion: {
    entry: 'functions/promotion/promotion.lambda.ts',
    purpose: 'Names challengers, starts promotions, answers and reverts decisions.',
    memoryMb: 256,
    timeoutSeconds: 29,
    environment: {
      REGISTRY_TABLE: { table: 'registry', access: 'readWrite' },
      STATE_MACHINE_PROMOTE: { stateMachine: 'promote' },
    },
    triggers: [
      { events: ['ModelVersionValidated', 'RegisteredModelRenamed'], failuresOf: ['promote'] },
    ],
  },
  'promotion-tasks': {
    entry: 'functions/promotion/promotion-tasks.lambda.ts',
    purpose: 'Scores challenger and champion and tests the difference, hence the memory and time.',
    memoryMb: 1769,
    timeoutSeconds: 900,
    environment: {
      REGISTRY_TABLE: { table: 'registry', access: 'readWrite' },
      TRACKING_TABLE: { table: 'tracking', access: 'read' },
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'read' },
      ARTIFACT_ROOT: { setting: 'artifactRoot' },
      SERVING_PYTHON_FUNCTION: { function: 'serving-python' },
    },
    taskOf: ['promote'],
  },
});
