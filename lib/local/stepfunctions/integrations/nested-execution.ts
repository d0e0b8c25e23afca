import { createHash } from 'node:crypto';
import { AwsError } from '../../shared/aws-error.ts';
import { checkName, executionInput } from '../api/operations.ts';
import type { Json } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import { isObject } from '../asl/values.ts';
import type { TaskCall } from '../engine/run.ts';
import { Suspended } from '../engine/run.ts';
import type { Machines } from '../execution/machines.ts';
import type { ExecutionRow } from '../execution/row.ts';
import type { StandardExecutions } from '../execution/standard.ts';
import { apiError } from './api-call.ts';
import type { Pattern } from './resources.ts';

const ARGUMENTS = ['StateMachineArn', 'Input', 'Name'];

/**
 * `arn:aws:states:::states:startExecution`, with `.sync` and `.sync:2`. The name comes from the
 * call's key when the arguments have none, so that a restart finds the execution that it started.
 */
export async function startNested(
  call: TaskCall,
  pattern: Pattern,
  machines: Machines,
  executions: StandardExecutions,
): Promise<Json> {
  const row = begin(call, machines, executions);
  const started = { ExecutionArn: row.arn, StartDate: new Date(row.started).toISOString() };
  if (pattern !== 'sync' && pattern !== 'sync:2') return started;
  let ended: ExecutionRow;
  try {
    ended = await executions.ended(row.arn, call.signal);
  } catch (error) {
    if (call.signal.aborted && !(call.signal.reason instanceof Suspended)) {
      await executions.stop(row.arn);
    }
    throw error;
  }
  const description = describe(ended, pattern);
  if (ended.status !== 'SUCCEEDED') {
    throw new StateError('States.TaskFailed', JSON.stringify(description));
  }
  return description;
}

function begin(call: TaskCall, machines: Machines, executions: StandardExecutions): ExecutionRow {
  const args = isObject(call.arguments) ? call.arguments : {};
  try {
    const unknown = Object.keys(args).find((name) => !ARGUMENTS.includes(name));
    if (unknown) throw new AwsError('ValidationException', `There is no ${unknown} here`);
    const machine = machines.get(String(args.StateMachineArn));
    if (machine.type === 'EXPRESS') {
      throw new AwsError('StateMachineTypeNotSupported', `${machine.arn} is an EXPRESS machine`);
    }
    const hash = createHash('sha256').update(call.key).digest('hex');
    const { Name: name = hash.slice(0, 36), Input: given = {} } = args;
    const input = typeof given === 'string' ? given : JSON.stringify(given);
    checkName(name);
    executionInput(input);
    return executions.start(machine, name, input);
  } catch (error) {
    throw apiError('optimized', 'sfn', error);
  }
}

/** `.sync:2` gives input and output as JSON, `.sync` as text. */
function describe(row: ExecutionRow, pattern: Pattern): { readonly [member: string]: Json } {
  const document = (text: string): Json =>
    pattern === 'sync:2' ? (JSON.parse(text) as Json) : text;
  return {
    ExecutionArn: row.arn,
    StateMachineArn: row.machine,
    Name: row.name,
    Status: row.status,
    StartDate: row.started,
    ...(row.stopped !== null && { StopDate: row.stopped }),
    Input: document(row.input),
    InputDetails: { Included: true },
    ...(row.output !== null && {
      Output: document(row.output),
      OutputDetails: { Included: true },
    }),
    ...(row.error !== null && { Error: row.error }),
    ...(row.cause !== null && { Cause: row.cause }),
  };
}
