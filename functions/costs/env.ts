import { defineFunctions } from '../shared/declare.ts';

export const costsFunctions = defineFunctions({
  costs: {
    entry: 'functions/costs/costs.lambda.ts',
    purpose: 'What endpoints, models and runs cost, by what was metered and list prices.',
    memoryMb: 512,
    timeoutSeconds: 29,
    environment: {
      PLATFORM_TABLE: { table: 'platform', access: 'read' },
      REGISTRY_TABLE: { table: 'registry', access: 'read' },
      TRACKING_TABLE: { table: 'tracking', access: 'read' },
      METRICS_TABLE: { table: 'metrics', access: 'read' },
    },
  },
});
