import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../../shared/aws-error.ts';
import { type AwsOperation, seconds } from '../../shared/aws-json.ts';
import { parseInput } from '../../shared/parse-input.ts';
import type { Json } from '../asl/definition.ts';
import { PAYLOAD_LIMIT } from '../engine/thread.ts';
import type { ExpressExecutions } from '../execution/express.ts';
import type { Machine, Machines } from '../execution/machines.ts';
import type { StandardExecutions } from '../execution/standard.ts';
import type { Tokens } from '../execution/tokens.ts';
import type { Statements } from '../journal/statements.ts';
import { describeExecution } from './describe.ts';
import { getExecutionHistory } from './history.ts';
import { listExecutions, listStateMachines } from './list.ts';

interface ApiOptions {
  readonly machines: Machines;
  readonly standard: StandardExecutions;
  readonly express: ExpressExecutions;
  readonly tokens: Tokens;
  readonly statements: Statements;
}

const INVALID = 'ValidationException';
const TEXT = z.string();
/** The option `includedData`. Nothing is encrypted here, so every answer has all data. */
const WHOLE = { includedData: z.literal('ALL_DATA').optional() };
const execution = z.strictObject({ executionArn: TEXT.min(1) });
const machine = z.strictObject({ stateMachineArn: TEXT.min(1) });
const describedExecution = execution.extend(WHOLE);
const describedMachine = machine.extend(WHOLE);
const started = machine.extend({
  name: TEXT.min(1).max(80).optional(),
  input: TEXT.default('{}'),
  // Of X-Ray.
  traceHeader: TEXT.optional(),
});
const startedInStep = started.extend(WHOLE);
// Who redrives once more is told that there is nothing to redrive.
const redriven = execution.extend({ clientToken: TEXT.optional() });
const stopped = execution.extend({ error: TEXT.optional(), cause: TEXT.optional() });
const token = z.strictObject({ taskToken: TEXT.min(1) });
const succeeded = token.extend({ output: TEXT });
const failed = token.extend({ error: TEXT.default(''), cause: TEXT.default('') });

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html */
export function stepFunctionsOperations(options: ApiOptions): Record<string, AwsOperation> {
  const { machines, standard, tokens, statements } = options;
  return {
    StartExecution: (input) => {
      const request = parseInput(started, input, INVALID);
      return startExecution(options, request.stateMachineArn, request.input, request.name);
    },
    StartSyncExecution: (input) => startSync(options, parseInput(startedInStep, input, INVALID)),
    DescribeExecution: (input) =>
      describeExecution(standard.get(parseInput(describedExecution, input, INVALID).executionArn)),
    GetExecutionHistory: (input) => getExecutionHistory(input, standard, statements),
    ListExecutions: (input) => listExecutions(input, machines, statements),
    ListStateMachines: (input) => listStateMachines(input, machines),
    DescribeStateMachine: (input) =>
      describeMachine(machines.get(parseInput(describedMachine, input, INVALID).stateMachineArn)),
    StopExecution: async (input) => {
      const { executionArn, error, cause } = parseInput(stopped, input, INVALID);
      const row = await standard.stop(executionArn, error, cause);
      return { stopDate: seconds(row.stopped ?? row.started) };
    },
    RedriveExecution: (input) => {
      const row = standard.redrive(parseInput(redriven, input, INVALID).executionArn);
      return { redriveDate: seconds(row.redriven ?? row.started) };
    },
    SendTaskSuccess: (input) => {
      const { taskToken, output } = parseInput(succeeded, input, INVALID);
      tokens.succeed(taskToken, json(output, 'InvalidOutput', 'output'));
      return {};
    },
    SendTaskFailure: (input) => {
      const { taskToken, error, cause } = parseInput(failed, input, INVALID);
      tokens.fail(taskToken, error, cause);
      return {};
    },
    SendTaskHeartbeat: (input) => {
      tokens.heartbeat(parseInput(token, input, INVALID).taskToken, Date.now());
      return {};
    },
  };
}

/** Starts an execution of either type; one of a Standard machine is durable when this returns. */
export function startExecution(
  options: Pick<ApiOptions, 'machines' | 'standard' | 'express'>,
  machineArn: string,
  input: string,
  name: string = randomUUID(),
): { readonly executionArn: string; readonly startDate: number } {
  const target = options.machines.get(machineArn);
  checkName(name);
  const document = executionInput(input);
  if (target.type === 'EXPRESS') {
    const { arn, started: start } = options.express.startAsync(target, name, document);
    return { executionArn: arn, startDate: seconds(start) };
  }
  const row = options.standard.start(target, name, input);
  return { executionArn: row.arn, startDate: seconds(row.started) };
}

async function startSync(options: ApiOptions, request: z.infer<typeof started>): Promise<object> {
  const target = options.machines.get(request.stateMachineArn);
  if (target.type !== 'EXPRESS') {
    throw new AwsError(
      'StateMachineTypeNotSupported',
      'This operation is not supported by this type of state machine',
    );
  }
  const name = request.name ?? randomUUID();
  checkName(name);
  const document = executionInput(request.input);
  const run = options.express.start(target, name, document);
  const { ending, stopped: stop } = await run.done;
  if (ending.status === 'SUSPENDED') {
    throw new AwsError('ServiceUnavailable', 'The host is stopping', 503);
  }
  return {
    executionArn: run.arn,
    stateMachineArn: target.arn,
    name,
    startDate: seconds(run.started),
    stopDate: seconds(stop),
    status: ending.status,
    input: request.input,
    inputDetails: { included: true },
    ...(ending.status === 'SUCCEEDED'
      ? { output: JSON.stringify(ending.output), outputDetails: { included: true } }
      : { error: ending.error, cause: ending.cause }),
    billingDetails: {
      billedMemoryUsedInMB: 64,
      billedDurationInMilliseconds: Math.ceil((stop - run.started) / 100) * 100,
    },
  };
}

function describeMachine(target: Machine): object {
  return {
    stateMachineArn: target.arn,
    name: target.name,
    status: 'ACTIVE',
    definition: target.text,
    roleArn: target.roleArn,
    type: target.type,
    creationDate: seconds(target.created),
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
  };
}

/** Letters, digits and most signs; https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
export function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string') {
    throw new AwsError('InvalidName', `Invalid Name: ${JSON.stringify(name)}`);
  }
  const forbidden = /[\s<>{}[\]?*"#%\\^|~`$&,;:/]/;
  const control = [...name].some((sign) => sign < ' ' || (sign >= '\u007f' && sign <= '\u009f'));
  if (name === '' || name.length > 80 || forbidden.test(name) || control) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
}

/** Throws InvalidExecutionInput for a text that is no JSON, or too long. */
export const executionInput = (text: string): Json =>
  json(text, 'InvalidExecutionInput', 'execution input');

function json(text: string, code: string, what: string): Json {
  if (Buffer.byteLength(text) > PAYLOAD_LIMIT) {
    throw new AwsError(code, `The ${what} is above ${PAYLOAD_LIMIT} bytes`);
  }
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new AwsError(code, `The ${what} is not valid JSON`);
  }
}
