import { defineFunctions } from '../shared/declare.ts';

export const monitoringFunctions = defineFunctions({
  monitoring: {
    entry: 'functions/monitoring/monitoring.lambda.ts',
    purpose: 'Labels, the evaluation of closed windows, and the windows for readers.',
    memoryMb: 1024,
    timeoutSeconds: 120,
    environment: {
      PLATFORM_TABLE: { table: 'platform', access: 'readWrite' },
      REGISTRY_TABLE: { table: 'registry', access: 'read' },
      TRACKING_TABLE: { table: 'tracking', access: 'read' },
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'read' },
    },
    triggers: [{ events: ['WindowClosed', 'WindowAmended'], batchSize: 1 }],
  },
  'inference-log-table': {
    entry: 'functions/monitoring/inference-log-table.lambda.ts',
    purpose: 'Writes the inference log as a table of Parquet files, one a day; one at a time.',
    memoryMb: 2048,
    timeoutSeconds: 300,
    reservedConcurrency: 1,
    environment: {
      PLATFORM_TABLE: { table: 'platform', access: 'readWrite' },
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'readWrite' },
    },
    triggers: [
      { events: ['WindowClosed', 'WindowAmended', 'BatchInferenceSucceeded'], batchSize: 1 },
      { schedule: 'rate(5 minutes)' },
    ],
  },
  'monitoring-watch': {
    entry: 'functions/monitoring/monitoring-watch.lambda.ts',
    purpose: 'Moves the watermarks on as requests and labels are logged, and closes windows.',
    memoryMb: 512,
    timeoutSeconds: 60,
    environment: { PLATFORM_TABLE: { table: 'platform', access: 'readWrite' } },
    triggers: [
      {
        stream: 'platform',
        // Rows of requests change when a rollout counts them; labels are corrected.
        filter: [
          { eventName: ['INSERT'], dynamodb: { NewImage: { type: { S: ['log', 'count'] } } } },
          { eventName: ['INSERT', 'MODIFY'], dynamodb: { NewImage: { type: { S: ['label'] } } } },
        ],
        batchSize: 500,
        // No batching window: replays in event time would wait a second for each of their windows.
      },
    ],
  },
});
