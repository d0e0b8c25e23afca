import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TableDeclaration } from '../../../functions/shared/declare.ts';
import { ROOT } from '../../../lib/build/paths.ts';
import { createS3 } from '../../../lib/local/s3/index.ts';
import type { AwsService, Lifecycle } from '../../../lib/local/service.ts';
import {
  createStepFunctions,
  type StepFunctionsOptions,
} from '../../../lib/local/stepfunctions/index.ts';
import { startDynamo } from '../dynamo.ts';

export const BUCKET = 'artifacts';
export const ACCOUNT = '000000000000';
export const RESOURCE = { region: 'us-east-1', accountId: ACCOUNT, assetPath: () => '' };

export const machineArn = (name: string) =>
  `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:${name}`;
export const executionArn = (machine: string, name: string) =>
  `arn:aws:states:us-east-1:${ACCOUNT}:execution:${machine}:${name}`;
export const functionArn = (name: string) => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`;

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

type Invoke = (name: string, payload: string) => Promise<Invocation>;
type Service = Pick<AwsService & Lifecycle, 'handle' | 'start' | 'stop'>;

interface Options {
  readonly tables?: readonly TableDeclaration[];
  /** By the name of its file: what replaces its placeholders; of a function the rest of `${<Function>FunctionArn}` names it. */
  readonly machines: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Calls a function of the test by its name. */
  readonly invoke: Invoke;
  readonly sageMaker: StepFunctionsOptions['sageMaker'];
  /** Services besides, by the beginning of the paths that are theirs. */
  readonly others?: (dataDir: string) => Promise<Readonly<Record<string, Service>>>;
}

/** DynamoDB, S3, Step Functions and Lambda's API for functions of this process, and the addresses of them. */
export async function startFunctionServices(options: Options) {
  const dynamo = await startDynamo(options.tables);
  const dataDir = mkdtempSync(join(tmpdir(), 'slipway-services-'));
  const s3 = createS3({ dataDir, notify: () => {} });
  await s3.providers[0]?.create('Bucket', { BucketName: BUCKET }, RESOURCE);
  const failures: ExecutionFailure[] = [];
  let endpoint = '';
  const states = createStepFunctions({
    dataDir,
    lambda: byArn(options.invoke),
    sageMaker: options.sageMaker,
    get awsUrl() {
      return endpoint;
    },
    dynamodbUrl: dynamo.endpoint,
    emit: (type, detail) => {
      if (!BADLY_ENDED.includes(String(detail.status))) return;
      failures.push({ 'detail-type': type, detail });
    },
  });
  const others = (await options.others?.(dataDir)) ?? {};
  const services = [s3, states, ...Object.values(others)];
  for (const service of services) await service.start();
  const server = await listen(options.invoke, { s3, states, others });
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const service of ['S3', 'SFN', 'LAMBDA', 'SCHEDULER']) {
    process.env[`AWS_ENDPOINT_URL_${service}`] = endpoint;
  }
  process.env.ARTIFACTS_BUCKET = BUCKET;
  process.env.ARTIFACT_ROOT = 'mlflow-artifacts:/';
  for (const [name, placeholders] of Object.entries(options.machines)) {
    const properties = {
      StateMachineName: name,
      DefinitionString: definitionOf(name, placeholders),
    };
    await states.providers[0]?.create(name, properties, RESOURCE);
  }
  return {
    /** Executions that the default bus is told of, and nobody has heard of yet. */
    failures,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      for (const service of [...services.reverse(), dynamo]) await service.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function byArn(invoke: Invoke): StepFunctionsOptions['lambda'] {
  const invokeArn = (arn: string, payload: string) =>
    invoke(arn.slice(arn.lastIndexOf(':') + 1), payload);
  return {
    invoke: invokeArn,
    invokeAsync: async (arn, payload) => void (await invokeArn(arn, payload)),
  };
}

/** One address for all services, as the host has it. */
async function listen(
  invoke: Invoke,
  {
    s3,
    states,
    others,
  }: { s3: Service; states: Service; others: Readonly<Record<string, Service>> },
) {
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(url)?.[1];
    if (invoked !== undefined) {
      return void answerInvocation(invoke, decodeURIComponent(invoked), request, response);
    }
    const other = Object.keys(others).find((path) => url.startsWith(path));
    const isStates = headers['x-amz-target']?.toString().startsWith('AWSStepFunctions');
    const service = (other !== undefined && others[other]) || (isStates ? states : s3);
    void service.handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** What functions ask each other by Lambda's API. */
async function answerInvocation(
  invoke: Invoke,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { payload, functionError } = await invoke(name, await text(request));
  if (functionError) response.setHeader('x-amz-function-error', functionError);
  response.end(payload);
}

const definitionOf = (name: string, placeholders: Readonly<Record<string, string>>): string =>
  readFileSync(join(ROOT, `statemachines/${name}.asl.json`), 'utf8').replaceAll(
    /\$\{(\w+)\}/g,
    (whole, placeholder: string) => {
      const invoked = /^(\w+)FunctionArn$/.exec(placeholder)?.[1];
      return placeholders[placeholder] ?? (invoked === undefined ? whole : functionArn(invoked));
    },
  );
