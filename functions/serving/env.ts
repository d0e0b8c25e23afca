import { defineFunctions } from '../shared/declare.ts';

export { BATCH_LISTS_KEPT_DAYS, BATCH_LISTS_PREFIX } from './batch/batch.ts';

/** What it takes to switch versions, to move aliases and to ask people. */
const switchEnvironment = {
  PLATFORM_TABLE: { table: 'platform', access: 'readWrite' },
  REGISTRY_TABLE: { table: 'registry', access: 'readWrite' },
  TRACKING_TABLE: { table: 'tracking', access: 'read' },
  ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'read' },
  SERVING_INVOKE_FUNCTION: { function: 'serving-invoke' },
  SERVING_PYTHON_FUNCTION: { function: 'serving-python' },
  STATE_MACHINE_PREPARE: { stateMachine: 'prepare' },
} as const;

/** Below which queued requests lie, and below `answers/` and `failures/` what came of them (`deploy.asl.json`). */
export const QUEUE_PREFIX = 'inference-queue/';

/** Below which builds of environments show what they print, for so many days. */
export const BUILD_LOGS_PREFIX = 'environments/logs/';
export const BUILD_LOGS_KEPT_DAYS = 7;

/** Answers of queued requests can be fetched for so many days. */
export const QUEUE_KEPT_DAYS = 7;

export const servingFunctions = defineFunctions({
  serving: {
    entry: 'functions/serving/serving.lambda.ts',
    purpose: 'Endpoints, configurations and rollouts, and the consumer that switches versions.',
    memoryMb: 512,
    timeoutSeconds: 60,
    environment: {
      ...switchEnvironment,
      // What came of queued requests is logged, and their bodies go.
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'readWrite', writes: 'inference-*' },
      STATE_MACHINE_ROLLOUT: { stateMachine: 'rollout' },
      RESULT_QUEUES: { queuesNamed: 'results', sends: false },
      STATE_MACHINE_BATCH: { stateMachine: 'batch-inference' },
      STATE_MACHINE_DEPLOY: { stateMachine: 'deploy' },
    },
    triggers: [
      {
        events: [
          'ModelAliasMoved',
          'EndpointConfigChanged',
          'EndpointDeploymentOutdated',
          'EndpointSettingsChanged',
          'EndpointRolledBack',
          'RolloutStarted',
          'RolloutAborted',
          'RolloutPromoted',
          'RolloutSuperseded',
          'ScorerRequested',
          'ScorerPrepared',
          'ScorerFailed',
        ],
        objects: [`${QUEUE_PREFIX}answers/`, `${QUEUE_PREFIX}failures/`],
        failuresOf: ['rollout', 'prepare', 'deploy', 'batch-inference'],
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
      SERVING_PYTHON_FUNCTION: { function: 'serving-python' },
    },
  },
  'batch-inference-tasks': {
    entry: 'functions/serving/batch-inference-tasks.lambda.ts',
    purpose: 'Scores parts of files, hence the memory and time.',
    memoryMb: 3008,
    timeoutSeconds: 600,
    environment: {
      PLATFORM_TABLE: { table: 'platform', access: 'readWrite' },
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'readWrite' },
      RESULT_QUEUES: { queuesNamed: 'results', sends: true },
      SERVING_PYTHON_FUNCTION: { function: 'serving-python' },
    },
    taskOf: ['batch-inference'],
  },
  'serving-rollout-tasks': {
    entry: 'functions/serving/serving-rollout-tasks.lambda.ts',
    purpose: 'Steps of rollouts: shifts the traffic, looks at the evidence, ends them.',
    memoryMb: 1024,
    timeoutSeconds: 60,
    environment: switchEnvironment,
    taskOf: ['rollout'],
  },
  'serving-tasks': {
    entry: 'functions/serving/serving-tasks.lambda.ts',
    purpose: 'Records what came of preparations and batches, and plans what SageMaker is to serve.',
    memoryMb: 256,
    timeoutSeconds: 29,
    environment: {
      PLATFORM_TABLE: { table: 'platform', access: 'readWrite' },
    },
    taskOf: ['prepare', 'deploy', 'batch-inference'],
  },
  'serving-python-build': {
    entry: 'lib/serving/images/python/Dockerfile',
    purpose: 'Builds the environments of Python models; apart because a build takes minutes.',
    memoryMb: 3008,
    storageMb: 10_240,
    timeoutSeconds: 900,
    environment: {
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'readWrite', writes: 'environments/*' },
    },
    taskOf: ['prepare', 'validate', 'promote', 'batch-inference'],
  },
  'serving-python': {
    entry: 'lib/serving/images/python/Dockerfile',
    purpose: 'Scores Python models, each in a process and an environment of its own.',
    memoryMb: 3008,
    storageMb: 10_240,
    timeoutSeconds: 120,
    environment: {
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'read' },
    },
    taskOf: ['prepare'],
  },
});
