import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { StepFunctionsOptions } from '../../../../lib/local/stepfunctions/index.ts';
import { createStepFunctions } from '../../../../lib/local/stepfunctions/index.ts';
import { PATIENCE_MS } from '../../../support/patience.ts';
import { openAwsServer } from '../support/aws-server.ts';

export const INVOKE = 'arn:aws:states:::lambda:invoke';
const MACHINES = 'arn:aws:states:us-east-1:000000000000:stateMachine';

type Handler = (payload: never) => unknown;

/** A function that fails with an error of this type, as the Lambda host answers it. */
export class FunctionError extends Error {
  readonly type: string;

  constructor(type: string) {
    super(`${type} happened`);
    this.type = type;
  }
}

export interface TestService {
  readonly client: SFNClient;
  readonly events: { status: string; name: string }[];
  /** What each of them is about. */
  readonly eventResources: string[];
  readonly dataDir: string;
  readonly startExecution: (machineArn: string, input: string, name?: string) => Promise<void>;
  readonly machine: (
    name: string,
    states: Record<string, object>,
    extra?: object,
  ) => Promise<string>;
  readonly describe: (executionArn: string) => Promise<DescribeExecutionCommandOutput>;
  readonly abort: (executionArn: string) => Promise<unknown>;
  /** Forgets every execution. */
  readonly reset: () => Promise<void>;
  /** Stops the service; a new one can be started on its data. */
  readonly stop: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Step Functions behind a real port, with functions written in the test. */
export async function startService(
  options: {
    readonly dataDir?: string;
    readonly functions?: Readonly<Record<string, Handler>>;
    readonly machines?: Readonly<Record<string, Record<string, object>>>;
    /** Of those machines; default: `STANDARD`. */
    readonly machineType?: string;
  } & Partial<Pick<StepFunctionsOptions, 'sageMaker' | 'sdk' | 'emit'>> = {},
): Promise<TestService> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'states-'));
  const events: { status: string; name: string }[] = [];
  const eventResources: string[] = [];
  const invoke = async (arn: string, payload: string) => {
    const handler = options.functions?.[arn.slice(arn.lastIndexOf(':') + 1)];
    if (!handler) {
      throw Object.assign(new Error(`no function ${arn}`), { name: 'ResourceNotFoundException' });
    }
    try {
      return { payload: JSON.stringify((await handler(JSON.parse(payload) as never)) ?? null) };
    } catch (error) {
      const { type, message } = error as FunctionError;
      const answer = JSON.stringify({ errorType: type, errorMessage: message });
      return { payload: answer, functionError: 'Unhandled' as const };
    }
  };
  const service = createStepFunctions({
    dataDir,
    lambda: { invoke, invokeAsync: async (arn, payload) => void (await invoke(arn, payload)) },
    sageMaker: options.sageMaker ?? {
      create: () => Promise.reject(new Error('no training here')),
      ended: () => Promise.reject(new Error('no training here')),
      stop: () => Promise.reject(new Error('no training here')),
    },
    awsUrl: 'http://127.0.0.1:1',
    dynamodbUrl: 'http://127.0.0.1:1',
    emit:
      options.emit ??
      ((_type, detail, resource) => {
        events.push({ status: String(detail.status), name: String(detail.name) });
        eventResources.push(resource);
      }),
    ...(options.sdk && { sdk: options.sdk }),
  });
  const context = { region: 'us-east-1', accountId: '000000000000', assetPath: () => '' };
  const machine = async (name: string, states: Record<string, object>, extra: object = {}) => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: Object.keys(states)[0],
      States: states,
    };
    await service.providers[0]!.create(
      name,
      { StateMachineName: name, DefinitionString: JSON.stringify(definition), ...extra },
      context,
    );
    return `${MACHINES}:${name}`;
  };
  for (const [name, states] of Object.entries(options.machines ?? {})) {
    await machine(name, states, { StateMachineType: options.machineType ?? 'STANDARD' });
  }
  const server = await openAwsServer([service]);
  const client = new SFNClient({
    ...server.client,
    maxAttempts: 1,
    // StartSyncExecution would otherwise go to sync-127.0.0.1.
    disableHostPrefix: true,
  });
  await service.start();
  const stop = async () => {
    client.destroy();
    await server.close();
    await service.stop();
  };
  const { startExecution, reset } = service;
  return {
    client,
    events,
    eventResources,
    dataDir,
    startExecution,
    machine,
    describe: (executionArn) => client.send(new DescribeExecutionCommand({ executionArn })),
    abort: (executionArn) => client.send(new StopExecutionCommand({ executionArn })),
    reset,
    stop,
    remove: async () => {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Asks until the answer is there. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('It did not come about');
}
