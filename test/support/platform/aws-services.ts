import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../../lib/build/paths.ts';
import { createS3 } from '../../../lib/local/s3/index.ts';
import { createScheduler } from '../../../lib/local/scheduler/index.ts';
import { createStepFunctions } from '../../../lib/local/stepfunctions/index.ts';
import { startDynamo } from '../dynamo.ts';
import { trainingService } from './training.ts';

export const BUCKET = 'artifacts';
const ACCOUNT = '000000000000';
const SCHEDULE_GROUP = 'slipway-test-pipelines';
const RESOURCE = { region: 'us-east-1', accountId: ACCOUNT, assetPath: () => '' };

const machineArn = (name: string) => `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:${name}`;
const functionArn = (name: string) => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`;

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

/** The statuses that the rules of the domains ask for. */
const BADLY_ENDED = ['FAILED', 'TIMED_OUT', 'ABORTED'];

/** "Step Functions Execution Status Change" of an execution that ended badly. */
export interface ExecutionFailure {
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Invocation {
  readonly payload: string;
  readonly functionError?: 'Unhandled';
}

interface AwsPorts {
  /** Calls a function of the test by its name. */
  readonly invoke: (name: string, payload: string) => Promise<Invocation>;
  /** Takes the message of a schedule that is due. */
  readonly onSchedule: (message: object) => Promise<void>;
  readonly training: Parameters<typeof trainingService>[0];
}

/** DynamoDB, S3, Step Functions and Scheduler for the functions of this process, and their variables. */
export async function startAwsServices({ invoke, onSchedule, training }: AwsPorts) {
  const dynamo = await startDynamo();
  const dataDir = mkdtempSync(join(tmpdir(), 'slipway-platform-'));
  const s3 = createS3({ dataDir, notify: () => {} });
  await s3.providers[0]?.create('Bucket', { BucketName: BUCKET }, RESOURCE);
  const failures: ExecutionFailure[] = [];
  const invokeArn = (arn: string, payload: string) =>
    invoke(arn.slice(arn.lastIndexOf(':') + 1), payload);
  const states = createStepFunctions({
    dataDir,
    lambda: {
      invoke: invokeArn,
      invokeAsync: async (arn, payload) => void (await invokeArn(arn, payload)),
    },
    sageMaker: trainingService(training),
    get awsUrl() {
      return endpoint;
    },
    dynamodbUrl: dynamo.endpoint,
    emit: (type, detail) => {
      if (BADLY_ENDED.includes(String(detail.status))) {
        failures.push({ 'detail-type': type, detail });
      }
    },
  });
  const scheduler = createScheduler({
    dataDir,
    deliver: ({ payload }) => onSchedule(JSON.parse(payload)),
  });
  for (const provider of scheduler.providers) {
    if (provider.type === 'AWS::Scheduler::ScheduleGroup') {
      await provider.create('Group', { Name: SCHEDULE_GROUP }, RESOURCE);
    }
  }
  for (const service of [s3, states, scheduler]) await service.start();

  const server = createServer((request, response) => {
    const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url ?? '')?.[1];
    if (invoked) void answerInvocation(invoke, decodeURIComponent(invoked), request, response);
    else if (request.url?.startsWith('/schedules/')) void scheduler.handle(request, response);
    else {
      const isStates = request.headers['x-amz-target']?.toString().startsWith('AWSStepFunctions');
      void (isStates ? states : s3).handle(request, response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, variables(endpoint));
  for (const name of Object.keys(MACHINES)) {
    const properties = { StateMachineName: name, DefinitionString: definitionOf(name) };
    await states.providers[0]?.create(name, properties, RESOURCE);
  }
  return {
    /** Executions that the default bus is told of, and nobody has heard of yet. */
    failures,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      for (const service of [scheduler, states, s3, dynamo]) await service.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const definitionOf = (name: string): string =>
  Object.entries(MACHINES[name] ?? {}).reduce(
    (text, [placeholder, value]) => text.replaceAll(`\${${placeholder}}`, value),
    readFileSync(join(ROOT, `statemachines/${name}.asl.json`), 'utf8'),
  );

const variables = (endpoint: string) => ({
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_ENDPOINT_URL_SFN: endpoint,
  AWS_ENDPOINT_URL_LAMBDA: endpoint,
  AWS_ENDPOINT_URL_SCHEDULER: endpoint,
  SCHEDULE_GROUP,
  SCHEDULE_ROLE_ARN: `arn:aws:iam::${ACCOUNT}:role/schedules`,
  SCHEDULE_QUEUE_ARN: `arn:aws:sqs:us-east-1:${ACCOUNT}:schedules`,
  SCHEDULE_DEAD_LETTERS_ARN: `arn:aws:sqs:us-east-1:${ACCOUNT}:schedules-dead`,
  ARTIFACTS_BUCKET: BUCKET,
  TRAINING_IMAGE: 'gbdt:1',
  ARTIFACT_ROOT: 'mlflow-artifacts:/',
  RESULT_QUEUES: 'slipway-test-results-',
  SERVING_INVOKE_FUNCTION: 'serving-invoke',
  PIPELINES_TASKS_FUNCTION: 'pipelines-tasks',
  STATE_MACHINE_TRAIN: machineArn('train'),
  STATE_MACHINE_ROLLOUT: machineArn('rollout'),
  STATE_MACHINE_BATCH: machineArn('batch-inference'),
  STATE_MACHINE_PREPARE: machineArn('prepare'),
  STATE_MACHINE_DEPLOY: machineArn('deploy'),
});

async function answerInvocation(
  invoke: AwsPorts['invoke'],
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { payload, functionError } = await invoke(name, Buffer.concat(chunks).toString('utf8'));
  if (functionError) response.setHeader('x-amz-function-error', functionError);
  response.end(payload);
}
