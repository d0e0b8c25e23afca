import { defineFunctions } from '../shared/declare.ts';

export const servingFunctions = defineFunctions({
  serving: {
    entry: 'functions/serving/serving.lambda.ts',
    purpose: 'Endpoints and their configurations, and the consumer that switches versions.',
    memoryMb: 512,
    timeoutSeconds: 60,
    environment: {
      PLATFORM_TABLE: { table: 'platform', access: 'readWrite' },
      REGISTRY_TABLE: { table: 'registry', access: 'read' },
      TRACKING_TABLE: { table: 'tracking', access: 'read' },
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'read' },
      SERVING_INVOKE_FUNCTION: { function: 'serving-invoke' },
    },
    triggers: [
      {
        events: [
          'ModelAliasMoved',
          'EndpointConfigChanged',
          'EndpointSettingsChanged',
          'EndpointRolledBack',
        ],
      },
    ],
  },
  'serving-invoke': {
    entry: 'functions/serving/serving-invoke.lambda.ts',
    purpose: 'The data path: scores requests and logs them; apart so that it stays small and fast.',
    memoryMb: 1024,
    timeoutSeconds: 29,
    environment: {
      PLATFORM_TABLE: { table: 'platform', access: 'readWrite' },
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'readWrite' },
    },
  },
});
