import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AttributeValue,
  DynamoDBClient,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import type { OutboxRow } from '../../functions/events/outbox.ts';
import { ROOT } from '../../lib/build/paths.ts';
import { openAccess } from '../../lib/local/gateway/open-access.ts';
import { createS3 } from '../../lib/local/s3/index.ts';
import { createScheduler } from '../../lib/local/scheduler/index.ts';
import { createStepFunctions } from '../../lib/local/stepfunctions/index.ts';
import { callApi } from './call-api.ts';
import { startDynamo } from './dynamo.ts';
import { outboxRows } from './outbox.ts';
import { PATIENCE_MS } from './patience.ts';

const BUCKET = 'artifacts';
const ACCOUNT = '000000000000';
const TRAIN = `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:train`;
const SCHEDULE_GROUP = 'slipway-test-pipelines';
const RESOURCE = { region: 'us-east-1', accountId: ACCOUNT, assetPath: () => '' };

/** A SageMaker training job as the state machine asks for it. */
export interface TrainingRequest {
  readonly TrainingJobName: string;
  readonly HyperParameters: Readonly<Record<string, string>>;
  readonly Environment: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** What the training program does; the description says how the job ended. */
export type Train = (
  request: TrainingRequest,
  signal: AbortSignal,
) => Promise<Readonly<Record<string, unknown>>>;

/** The order and number in which events are delivered; by default each once, in order. */
export type Delivery = (rows: readonly OutboxRow[]) => readonly OutboxRow[];

/**
 * Serving, monitoring and pipelines as deployed, with the real engine, S3 and Step Functions. Only
 * the bus, the stream and the training program are the test's.
 */
export async function startPlatform(options: { train?: Train } = {}) {
  const dynamo = await startDynamo();
  const dataDir = mkdtempSync(join(tmpdir(), 'slipway-platform-'));
  const s3 = createS3({ dataDir, notify: () => {} });
  await s3.providers[0]?.create('Bucket', { BucketName: BUCKET }, RESOURCE);

  const jobs = new Map<string, TrainingRequest>();
  const training: { train: Train } = {
    train: options.train ?? (() => Promise.reject(new Error('No training here'))),
  };
  const functions: Record<string, (event: never, context: Context) => Promise<unknown>> = {};
  const invoke = async (arn: string, payload: string) => {
    try {
      const fn = functions[arn.slice(arn.lastIndexOf(':') + 1)];
      if (!fn) throw new Error(`No function ${arn}`);
      const answer = await fn(JSON.parse(payload) as never, {} as Context);
      return { payload: JSON.stringify(answer ?? null) };
    } catch (error) {
      const { name, message } = error as Error;
      const body = JSON.stringify({ errorType: name, errorMessage: message });
      return { payload: body, functionError: 'Unhandled' as const };
    }
  };
  const states = createStepFunctions({
    dataDir,
    lambda: { invoke, invokeAsync: async (arn, payload) => void (await invoke(arn, payload)) },
    sageMaker: {
      create: async (request) => {
        const job = request as TrainingRequest;
        jobs.set(job.TrainingJobName, job);
        const arn = `arn:aws:sagemaker:us-east-1:${ACCOUNT}:training-job/${job.TrainingJobName}`;
        return { TrainingJobArn: arn };
      },
      ended: (name, signal) => training.train(jobs.get(name) as TrainingRequest, signal),
      stop: async () => {},
    },
    get awsUrl() {
      return endpoint;
    },
    dynamodbUrl: dynamo.endpoint,
    emit: () => {},
  });
  const scheduler = createScheduler({
    dataDir,
    deliver: ({ payload }) => consume(triggers.handler, JSON.parse(payload)),
  });
  for (const provider of scheduler.providers) {
    if (provider.type === 'AWS::Scheduler::ScheduleGroup') {
      await provider.create('Group', { Name: SCHEDULE_GROUP }, RESOURCE);
    }
  }
  await s3.start();
  await states.start();
  await scheduler.start();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url ?? '')?.[1];
    if (invoked) void answerInvocation(decodeURIComponent(invoked), request, response);
    else if (request.url?.startsWith('/schedules/')) void scheduler.handle(request, response);
    else {
      const isStates = request.headers['x-amz-target']?.toString().startsWith('AWSStepFunctions');
      void (isStates ? states : s3).handle(request, response);
    }
  });
  async function answerInvocation(
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { payload, functionError } = await invoke(name, Buffer.concat(chunks).toString('utf8'));
    if (functionError) response.setHeader('x-amz-function-error', functionError);
    response.end(payload);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ENDPOINT_URL_SFN: endpoint,
    AWS_ENDPOINT_URL_LAMBDA: endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: endpoint,
    SCHEDULE_GROUP,
    SCHEDULE_ROLE_ARN: `arn:aws:iam::${ACCOUNT}:role/schedules`,
    SCHEDULE_QUEUE_ARN: `arn:aws:sqs:us-east-1:${ACCOUNT}:schedules`,
    SCHEDULE_DEAD_LETTERS_ARN: `arn:aws:sqs:us-east-1:${ACCOUNT}:schedules-dead`,
    ARTIFACTS_BUCKET: BUCKET,
    ARTIFACT_ROOT: 'mlflow-artifacts:/',
    RESULT_QUEUES: 'slipway-test-results-',
    SERVING_INVOKE_FUNCTION: 'serving-invoke',
    STATE_MACHINE_TRAIN: TRAIN,
    STATE_MACHINE_ROLLOUT: TRAIN.replace(/train$/, 'rollout'),
    STATE_MACHINE_BATCH: TRAIN.replace(/train$/, 'batch-inference'),
  });
  const definition = Object.entries({
    PipelinesTasksFunctionArn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:pipelines-tasks`,
    TrainingImage: 'training-image',
    TrainingRoleArn: `arn:aws:iam::${ACCOUNT}:role/training`,
    ArtifactsBucket: BUCKET,
    TrackingUri: 'http://127.0.0.1:5000',
  }).reduce(
    (text, [name, value]) => text.replaceAll(`\${${name}}`, value),
    readFileSync(join(ROOT, 'statemachines/train.asl.json'), 'utf8'),
  );
  await states.providers[0]?.create(
    'train',
    { StateMachineName: 'train', DefinitionString: definition },
    RESOURCE,
  );

  for (const [name, fn] of [
    ['rollout', 'ServingRolloutTasks'],
    ['batch-inference', 'BatchInferenceTasks'],
  ] as const) {
    const file = readFileSync(join(ROOT, `statemachines/${name}.asl.json`), 'utf8');
    const arn = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${fn}`;
    const DefinitionString = file
      .replaceAll(`\${${fn}FunctionArn}`, arn)
      .replaceAll(`\${ArtifactsBucket}`, BUCKET);
    await states.providers[0]?.create(name, { StateMachineName: name, DefinitionString }, RESOURCE);
  }

  const [batchTasks, rolloutTasks, approvals] = await Promise.all([
    import('../../functions/serving/batch-inference-tasks.lambda.ts'),
    import('../../functions/serving/serving-rollout-tasks.lambda.ts'),
    import('../../functions/approvals/approvals.lambda.ts'),
  ]);
  const [serving, servingInvoke, monitoring, watch, pipelines, tasks, triggers] = await Promise.all(
    [
      import('../../functions/serving/serving.lambda.ts'),
      import('../../functions/serving/serving-invoke.lambda.ts'),
      import('../../functions/monitoring/monitoring.lambda.ts'),
      import('../../functions/monitoring/monitoring-watch.lambda.ts'),
      import('../../functions/pipelines/pipelines.lambda.ts'),
      import('../../functions/pipelines/pipelines-tasks.lambda.ts'),
      import('../../functions/pipelines/pipelines-triggers.lambda.ts'),
    ],
  );
  functions['serving-invoke'] = servingInvoke.handler as (typeof functions)[string];
  functions['pipelines-tasks'] = tasks.handler as (
    event: never,
    context: Context,
  ) => Promise<unknown>;
  functions.ServingRolloutTasks = rolloutTasks.handler as (typeof functions)[string];
  functions.BatchInferenceTasks = batchTasks.handler as (typeof functions)[string];
  const consumers: Readonly<Record<string, { handler: unknown }>> = {
    RolloutStarted: serving,
    RolloutAborted: serving,
    RolloutPromoted: serving,
    ApprovalGranted: approvals,
    ApprovalDenied: approvals,
    ModelAliasMoved: serving,
    EndpointConfigChanged: serving,
    EndpointRolledBack: serving,
    EndpointSettingsChanged: serving,
    ScorerPrepared: serving,
    ScorerFailed: serving,
    WindowClosed: monitoring,
    WindowAmended: monitoring,
    TrainingRequested: pipelines,
    DriftDetected: pipelines,
    QualityDegraded: pipelines,
  };
  const client = new DynamoDBClient({});
  const s3Client = new S3Client({});
  const delivered = new Set<string>();
  const streamed = new Set<string>();

  async function deliver(row: OutboxRow): Promise<void> {
    const detail = JSON.parse(row.detail) as { metadata: { time: string } };
    // The bus gives each publication an id of its own.
    const event = {
      ...{ id: randomUUID(), source: row.source, 'detail-type': row.detailType },
      ...{ time: detail.metadata.time, detail },
    };
    await consume(triggers.handler, event);
    const consumer = consumers[row.detailType];
    if (consumer) await consume(consumer.handler, event);
  }

  async function consume(handler: unknown, message: object): Promise<void> {
    const event = { Records: [{ messageId: '1', body: JSON.stringify(message) }] };
    const call = handler as (event: object, context: Context) => Promise<SQSBatchResponse>;
    const { batchItemFailures } = await call(event, {} as Context);
    if (batchItemFailures.length > 0) throw new Error(`${JSON.stringify(message)} was not handled`);
  }

  /** Rows of requests and labels that the watcher has not seen, in no particular order. */
  async function streamRecords() {
    const records: object[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const scan: ScanCommand = new ScanCommand({
        TableName: 'platform',
        FilterExpression: '#type IN (:log, :label, :count)',
        ExpressionAttributeNames: { '#type': 'type' },
        ExpressionAttributeValues: {
          ':log': { S: 'log' },
          ':label': { S: 'label' },
          ':count': { S: 'count' },
        },
        ExclusiveStartKey: start,
      });
      const page: ScanCommandOutput = await client.send(scan);
      for (const { payload: _, ...row } of page.Items ?? []) {
        const id = JSON.stringify([row.pk, row.sk, row.label, row.time]);
        if (streamed.has(id)) continue;
        streamed.add(id);
        records.push({ eventName: 'INSERT', dynamodb: { NewImage: row } });
      }
      start = page.LastEvaluatedKey;
    } while (start);
    return records;
  }

  return {
    /** Replaces what the training program does. */
    training,
    put: (key: string, body: string | Buffer) =>
      s3Client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body })),
    serving: <Body = unknown>(method: string, path: string, body?: object) =>
      callApi<Body>(serving.handler as never, method, path, body),
    approvals: (method: string, path: string, body?: object) =>
      callApi(approvals.handler as never, method, path, body),
    dataPath: (method: string, path: string, body?: object) =>
      callApi(servingInvoke.handler as never, method, path, body),
    monitoring: (method: string, path: string, body?: object) =>
      callApi(monitoring.handler as never, method, path, body),
    pipelines: (method: string, path: string, body?: object) =>
      callApi(pipelines.handler as never, method, path, body),
    invoke: (name: string, body: object | string, headers: Record<string, string> = {}) =>
      invocation(servingInvoke.handler as never, name, body, headers),
    /** Brings the watcher what was logged since, as the table's stream does. */
    watch: async (options: { times?: number } = {}) => {
      const Records = await streamRecords();
      for (let i = 0; i < (options.times ?? 1) && Records.length > 0; i++) {
        await watch.handler({ Records } as never, {} as Context);
      }
    },
    /** Brings a message to the function that starts pipelines, as its queues do. */
    trigger: (message: object) => consume(triggers.handler, message),
    /** Delivers events until none is left. */
    settle: async (delivery: Delivery = (rows) => rows) => {
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
        const rows = [
          ...(await outboxRows('registry', delivered)),
          ...(await outboxRows('platform', delivered)),
        ];
        if (rows.length === 0) return;
        for (const row of delivery(rows)) await deliver(row);
        for (const row of rows) delivered.add(row.pk);
      }
      throw new Error('The events do not come to an end');
    },
    stop: async () => {
      client.destroy();
      s3Client.destroy();
      server.closeAllConnections();
      server.close();
      await scheduler.stop();
      await states.stop();
      await s3.stop();
      await dynamo.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export type Platform = Awaited<ReturnType<typeof startPlatform>>;

/** Calls an endpoint as an application does. */
async function invocation(
  handler: (event: object, context: Context) => Promise<unknown>,
  name: string,
  body: object | string,
  headers: Record<string, string>,
) {
  const path = `/serving-endpoints/${name}/invocations`;
  const answer = (await handler(
    {
      version: '2.0',
      rawPath: path,
      rawQueryString: '',
      headers: { 'content-type': 'application/json', ...headers },
      requestContext: {
        http: { method: 'POST', path },
        authorizer: { lambda: openAccess(headers.authorization) },
      },
      isBase64Encoded: false,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    },
    {} as Context,
  )) as { statusCode: number; headers: Record<string, string>; body: string };
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: JSON.parse(answer.body) as {
      predictions?: number[];
      error_code?: string;
      message?: string;
    },
  };
}
