import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import type { OutboxRow } from '../../functions/events/outbox.ts';
import type { TaskEvent } from '../../functions/events/tasks.ts';
import { registryTable } from '../../functions/registry/table.ts';
import { platformTable } from '../../functions/serving/table.ts';
import { metricsTable, trackingTable } from '../../functions/tracking/table.ts';
import { ROOT } from '../../lib/build/paths.ts';
import { createS3 } from '../../lib/local/s3/index.ts';
import { createStepFunctions } from '../../lib/local/stepfunctions/index.ts';
import { startDynamo } from './dynamo.ts';
import { outboxRows } from './outbox.ts';
import { PATIENCE_MS } from './patience.ts';

const BUCKET = 'artifacts';
const ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine';
const RESOURCE = { region: 'us-east-1', accountId: '000000000000', assetPath: () => '' };

/** The statuses that the rules of the domains ask for. */
const BADLY_ENDED = ['FAILED', 'TIMED_OUT', 'ABORTED'];

type Consumer = (event: never, context: Context) => Promise<unknown>;

/** How a round of events is delivered; by default each once, in order. */
type Delivery = (rows: readonly OutboxRow[]) => readonly OutboxRow[];

/**
 * Validation and promotion as deployed, with the real engine, S3 and Step Functions: entry points,
 * state machine files and stores. Only the bus is the test's: it delivers the outbox as told.
 */
export async function startLoop() {
  const dynamo = await startDynamo([registryTable, platformTable, trackingTable, metricsTable]);
  const dataDir = mkdtempSync(join(tmpdir(), 'slipway-loop-'));
  const s3 = createS3({ dataDir, notify: () => {} });
  await s3.providers[0]?.create('Bucket', { BucketName: BUCKET }, RESOURCE);
  const tasks: Record<string, (event: TaskEvent, context: Context) => Promise<unknown>> = {};
  const invoke = async (arn: string, payload: string) => {
    const task = tasks[arn.slice(arn.lastIndexOf(':') + 1)];
    if (!task) throw new Error(`No function ${arn}`);
    try {
      const answer = await task(JSON.parse(payload) as TaskEvent, {} as Context);
      return { payload: JSON.stringify(answer ?? null) };
    } catch (error) {
      const { name, message } = error as Error;
      const body = JSON.stringify({ errorType: name, errorMessage: message });
      return { payload: body, functionError: 'Unhandled' as const };
    }
  };
  /** Of executions that the default bus is told of. */
  const failures: { type: string; detail: Readonly<Record<string, unknown>> }[] = [];
  const none = () => Promise.reject(new Error('No training here'));
  const states = createStepFunctions({
    dataDir,
    lambda: { invoke, invokeAsync: async (arn, payload) => void (await invoke(arn, payload)) },
    sageMaker: { create: none, ended: none, stop: none },
    awsUrl: 'http://127.0.0.1:1',
    dynamodbUrl: dynamo.endpoint,
    emit: (type, detail) => {
      if (BADLY_ENDED.includes(String(detail.status))) failures.push({ type, detail });
    },
  });
  /** What functions ask each other by Lambda's API. */
  const answerInvocation = async (
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
  ) => {
    const { payload, functionError } = await invoke(name, await text(request));
    if (functionError) response.setHeader('x-amz-function-error', functionError);
    response.end(payload);
  };
  await s3.start();
  await states.start();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url ?? '')?.[1];
    if (invoked !== undefined) return void answerInvocation(invoked, request, response);
    const isStates = request.headers['x-amz-target']?.toString().startsWith('AWSStepFunctions');
    void (isStates ? states : s3).handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ENDPOINT_URL_SFN: endpoint,
    AWS_ENDPOINT_URL_LAMBDA: endpoint,
    SERVING_PYTHON_FUNCTION: 'ServingPython',
    ARTIFACTS_BUCKET: BUCKET,
    ARTIFACT_ROOT: 'mlflow-artifacts:/',
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    STATE_MACHINE_VALIDATE: `${ARN}:validate`,
    STATE_MACHINE_PROMOTE: `${ARN}:promote`,
  });
  for (const name of ['validate', 'promote']) {
    const file = readFileSync(join(ROOT, `statemachines/${name}.asl.json`), 'utf8');
    const DefinitionString = file.replaceAll(
      /\$\{(\w+)FunctionArn\}/g,
      'arn:aws:lambda:us-east-1:000000000000:function:$1',
    );
    await states.providers[0]?.create(name, { StateMachineName: name, DefinitionString }, RESOURCE);
  }
  const [validation, promotion, approvals, validationTasks, promotionTasks] = await Promise.all([
    import('../../functions/validation/validation.lambda.ts'),
    import('../../functions/promotion/promotion.lambda.ts'),
    import('../../functions/approvals/approvals.lambda.ts'),
    import('../../functions/validation/validation-tasks.lambda.ts'),
    import('../../functions/promotion/promotion-tasks.lambda.ts'),
  ]);
  tasks.ValidationTasks = validationTasks.handler as (typeof tasks)[string];
  tasks.PromotionTasks = promotionTasks.handler as (typeof tasks)[string];
  const consumers: Readonly<Record<string, readonly { handler: unknown }[]>> = {
    ModelVersionRegistered: [validation],
    ModelVersionValidated: [promotion],
    RegisteredModelRenamed: [validation, promotion, approvals],
    ApprovalGranted: [approvals],
    ApprovalDenied: [approvals],
  };
  const s3Client = new S3Client({});
  const sfn = new SFNClient({});
  const delivered = new Set<string>();

  async function bring({ handler }: { handler: unknown }, type: string, detail: unknown) {
    const body = JSON.stringify({ 'detail-type': type, detail });
    const event = { Records: [{ messageId: '1', body }] };
    const consumer = handler as Consumer;
    const answer = (await consumer(event as never, {} as Context)) as SQSBatchResponse;
    if (answer.batchItemFailures.length > 0) throw new Error(`${type} was not handled`);
  }

  async function deliver({ detailType, detail }: OutboxRow): Promise<void> {
    for (const consumer of consumers[detailType] ?? []) {
      await bring(consumer, detailType, JSON.parse(detail) as unknown);
    }
  }

  /** Brings executions that ended badly to the function of their domain, as its rule does: twice. */
  async function deliverFailures(): Promise<void> {
    for (const { type, detail } of failures.splice(0)) {
      const consumer = detail.stateMachineArn === `${ARN}:validate` ? validation : promotion;
      for (const one of [consumer, consumer]) await bring(one, type, detail);
    }
  }

  async function running(): Promise<number> {
    const lists = await Promise.all(
      ['validate', 'promote'].map((name) =>
        sfn.send(
          new ListExecutionsCommand({
            stateMachineArn: `${ARN}:${name}`,
            statusFilter: 'RUNNING',
          }),
        ),
      ),
    );
    return lists.reduce((sum, list) => sum + (list.executions?.length ?? 0), 0);
  }

  return {
    dataDir,
    put: (key: string, body: string | Buffer) =>
      s3Client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body })),
    /** Replaces a task function until it is set back. */
    tasks,
    /** Delivers events until none is left and nothing runs, or `until` holds. */
    settle: async (options: { until?: () => Promise<boolean>; delivery?: Delivery } = {}) => {
      const { delivery = (rows) => rows } = options;
      const atRest = options.until ?? (async () => (await running()) === 0);
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
        await deliverFailures();
        const rows = (await outboxRows('registry')).filter((row) => !delivered.has(row.pk));
        for (const row of delivery(rows)) await deliver(row);
        for (const row of rows) delivered.add(row.pk);
        if (rows.length === 0 && (await atRest()) && failures.length === 0) {
          const late = (await outboxRows('registry')).filter((row) => !delivered.has(row.pk));
          if (late.length === 0) return;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error('The loop did not come to rest');
    },
    /** Stops an execution as somebody does in AWS's console. */
    stopExecution: (machine: 'validate' | 'promote', name: string, why: object = {}) =>
      sfn.send(
        new StopExecutionCommand({
          executionArn: `${ARN.replace(':stateMachine', ':execution')}:${machine}:${name}`,
          ...why,
        }),
      ),
    stop: async () => {
      s3Client.destroy();
      sfn.destroy();
      server.closeAllConnections();
      server.close();
      await states.stop();
      await s3.stop();
      await dynamo.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export type Loop = Awaited<ReturnType<typeof startLoop>>;
