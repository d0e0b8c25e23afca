import { defineFunctions } from '../shared/declare.ts';

/** Rows of runs that became fresh, announcements that one has ended, and searches that ask for settled ones. */
const CHANGED_RUNS = [
  {
    eventName: ['INSERT'],
    dynamodb: { Keys: { sk: { S: [{ prefix: 'FRESH#' }] } } },
  },
  {
    eventName: ['INSERT'],
    dynamodb: { NewImage: { detailType: { S: ['RunFinished'] } } },
  },
  {
    eventName: ['INSERT', 'MODIFY'],
    dynamodb: { Keys: { sk: { S: ['SOUGHT'] } } },
  },
];

export const trackingFunctions = defineFunctions({
  tracking: {
    entry: 'functions/tracking/tracking.lambda.ts',
    purpose: 'Experiments and runs in the MLflow dialect; also answers what nobody else claims.',
    memoryMb: 1024,
    timeoutSeconds: 29,
    environment: {
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      METRICS_TABLE: { table: 'metrics', access: 'readWrite' },
      // Assessments that came from a run go with it.
      TRACES_TABLE: { table: 'traces', access: 'readWrite' },
      ARTIFACT_ROOT: { setting: 'artifactRoot' },
    },
  },
  'tracking-ingest': {
    entry: 'functions/tracking/tracking-ingest.lambda.ts',
    purpose:
      'Metrics, params and tags of runs: the hottest path, which must not wait behind searches.',
    memoryMb: 512,
    timeoutSeconds: 29,
    environment: {
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      METRICS_TABLE: { table: 'metrics', access: 'readWrite' },
    },
  },
  'tracking-compact': {
    entry: 'functions/tracking/tracking-compact.lambda.ts',
    purpose: 'Moves runs that rest to the segments that searches read.',
    memoryMb: 1024,
    timeoutSeconds: 300,
    reservedConcurrency: 2,
    environment: {
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      METRICS_TABLE: { table: 'metrics', access: 'readWrite' },
    },
    triggers: [{ stream: 'tracking', filter: CHANGED_RUNS, batchSize: 1000, windowSeconds: 5 }],
  },
});
