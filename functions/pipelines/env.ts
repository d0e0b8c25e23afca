import { defineFunctions } from '../shared/declare.ts';

export const pipelinesFunctions = defineFunctions({
  pipelines: {
    entry: 'functions/pipelines/pipelines.lambda.ts',
    purpose: 'Pipelines and executions, the start of trainings, and the retrain policy.',
    memoryMb: 512,
    timeoutSeconds: 60,
    environment: {
      PLATFORM_TABLE: { table: 'platform', access: 'readWrite' },
      REGISTRY_TABLE: { table: 'registry', access: 'read' },
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      METRICS_TABLE: { table: 'metrics', access: 'readWrite' },
      STATE_MACHINE_TRAIN: { stateMachine: 'train' },
      PIPELINES_TASKS_FUNCTION: { function: 'pipelines-tasks' },
    },
    triggers: [
      {
        events: ['TrainingRequested', 'DriftDetected', 'QualityDegraded'],
        failuresOf: ['train'],
      },
    ],
  },
  'pipelines-triggers': {
    entry: 'functions/pipelines/pipelines-triggers.lambda.ts',
    purpose: 'Starts executions by schedule and by event; alone may change schedules.',
    memoryMb: 512,
    timeoutSeconds: 60,
    environment: {
      PLATFORM_TABLE: { table: 'platform', access: 'readWrite' },
      REGISTRY_TABLE: { table: 'registry', access: 'read' },
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      METRICS_TABLE: { table: 'metrics', access: 'readWrite' },
      STATE_MACHINE_TRAIN: { stateMachine: 'train' },
      SCHEDULE_GROUP: { schedules: 'group' },
      SCHEDULE_ROLE_ARN: { schedules: 'role' },
      SCHEDULE_QUEUE_ARN: { schedules: 'queue' },
      SCHEDULE_DEAD_LETTERS_ARN: { schedules: 'deadLetters' },
    },
    triggers: [{ schedules: true }, { everyEvent: true, objectsOf: 'artifacts' }],
  },
  'pipelines-tasks': {
    entry: 'functions/pipelines/pipelines-tasks.lambda.ts',
    purpose: 'Steps of the state machine train: its runs, its jobs, its trials, its outcome.',
    memoryMb: 512,
    timeoutSeconds: 60,
    environment: {
      PLATFORM_TABLE: { table: 'platform', access: 'readWrite' },
      REGISTRY_TABLE: { table: 'registry', access: 'readWrite' },
      TRACKING_TABLE: { table: 'tracking', access: 'readWrite' },
      METRICS_TABLE: { table: 'metrics', access: 'readWrite' },
      AUTH_TABLE: { table: 'auth', access: 'write' },
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'read' },
      ARTIFACT_ROOT: { setting: 'artifactRoot' },
      TRAINING_IMAGE: { setting: 'trainingImage' },
    },
    taskOf: ['train'],
  },
});
