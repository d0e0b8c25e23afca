import { defineFunctions } from '../shared/declare.ts';

export const policiesFunctions = defineFunctions({
  policies: {
    entry: 'functions/policies/policies.lambda.ts',
    purpose: 'What the loop may do with a model.',
    memoryMb: 256,
    timeoutSeconds: 29,
    environment: {
      REGISTRY_TABLE: { table: 'registry', access: 'readWrite' },
      ALLOW_PRIVATE_WEBHOOKS: { setting: 'allowPrivateWebhooks' },
    },
    triggers: [{ events: ['RegisteredModelRenamed'] }],
  },
});
