import { createScheduler } from '../../../lib/local/scheduler/index.ts';
import {
  ACCOUNT,
  BUCKET,
  functionArn,
  type Invocation,
  machineArn,
  RESOURCE,
  startFunctionServices,
} from '../aws/function-services.ts';
import { trainingService } from './training.ts';

const SCHEDULE_GROUP = 'slipway-test-pipelines';

/** What replaces the placeholders of a state machine's file. */
const MACHINES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  train: {
    PipelinesTasksFunctionArn: functionArn('pipelines-tasks'),
    TrainingImage: 'training-image',
    TrainingRoleArn: `arn:aws:iam::${ACCOUNT}:role/training`,
    ArtifactsBucket: BUCKET,
    TrackingUri: 'http://127.0.0.1:5000',
  },
  rollout: { ServingRolloutTasksFunctionArn: functionArn('serving-rollout-tasks') },
  'batch-inference': {
    BatchInferenceTasksFunctionArn: functionArn('batch-inference-tasks'),
    ServingPythonBuildFunctionArn: functionArn('serving-python-build'),
    ServingTasksFunctionArn: functionArn('serving-tasks'),
    ArtifactsBucket: BUCKET,
  },
};

interface AwsPorts {
  /** Calls a function of the test by its name. */
  readonly invoke: (name: string, payload: string) => Promise<Invocation>;
  /** Takes the message of a schedule that is due. */
  readonly onSchedule: (message: object) => Promise<void>;
  readonly training: Parameters<typeof trainingService>[0];
}

/** The services for the functions of `platform.ts`, with Scheduler, and their variables. */
export async function startAwsServices({ invoke, onSchedule, training }: AwsPorts) {
  Object.assign(process.env, VARIABLES);
  return startFunctionServices({
    machines: MACHINES,
    invoke,
    sageMaker: trainingService(training),
    others: async (dataDir) => ({ '/schedules/': await aScheduler(dataDir, onSchedule) }),
  });
}

async function aScheduler(dataDir: string, onSchedule: AwsPorts['onSchedule']) {
  const scheduler = createScheduler({
    dataDir,
    deliver: ({ payload }) => onSchedule(JSON.parse(payload)),
  });
  for (const provider of scheduler.providers) {
    if (provider.type === 'AWS::Scheduler::ScheduleGroup') {
      await provider.create('Group', { Name: SCHEDULE_GROUP }, RESOURCE);
    }
  }
  return scheduler;
}

const VARIABLES = {
  SCHEDULE_GROUP,
  SCHEDULE_ROLE_ARN: `arn:aws:iam::${ACCOUNT}:role/schedules`,
  SCHEDULE_QUEUE_ARN: `arn:aws:sqs:us-east-1:${ACCOUNT}:schedules`,
  SCHEDULE_DEAD_LETTERS_ARN: `arn:aws:sqs:us-east-1:${ACCOUNT}:schedules-dead`,
  TRAINING_IMAGE: 'gbdt:1',
  RESULT_QUEUES: 'slipway-test-results-',
  SERVING_INVOKE_FUNCTION: 'serving-invoke',
  PIPELINES_TASKS_FUNCTION: 'pipelines-tasks',
  STATE_MACHINE_TRAIN: machineArn('train'),
  STATE_MACHINE_ROLLOUT: machineArn('rollout'),
  STATE_MACHINE_BATCH: machineArn('batch-inference'),
  STATE_MACHINE_PREPARE: machineArn('prepare'),
  STATE_MACHINE_DEPLOY: machineArn('deploy'),
};
