import type { Json, JsonObject, State, StateBlock } from '../asl/definition.ts';
import { numberProblem } from '../asl/numbers.ts';
import { StateError } from '../asl/state-error.ts';
import { timeBindings } from '../jsonata/expression.ts';
import { evaluateTemplate } from '../jsonata/template.ts';
import type { Frame, MapItem } from './frame.ts';
import type { HistoryEvent } from './journal.ts';
import type { Run } from './run.ts';

/** Bytes of a state's input or output, and of the variables that one state assigns. */
export const PAYLOAD_LIMIT = 262_144;

/** A frame with everything around it that it can see. */
export interface Thread {
  readonly run: Run;
  readonly block: StateBlock;
  readonly frame: Frame;
  /** Variables of the frames around this one. */
  readonly outer: JsonObject;
  /** Innermost Map iteration that the frame is part of. */
  readonly item: MapItem | undefined;
  /** Prefix of the keys of this thread's calls. */
  readonly key: string;
  /** Iterations of a distributed Map write no history into their parent's. */
  readonly quiet: boolean;
}

export function currentState(thread: Thread): State {
  const state = thread.block.States[thread.frame.state];
  if (!state) throw new StateError('States.Runtime', `State ${thread.frame.state} does not exist`);
  return state;
}

/** Appends an event to the thread's chain. */
export function record(thread: Thread, type: string, details?: HistoryEvent['details']): void {
  if (thread.quiet) return;
  const { journal, clock } = thread.run;
  thread.frame.lastEvent = journal.event(type, thread.frame.lastEvent, clock.now(), details);
}

/** Saves the frame and makes all that is buffered durable. */
export function checkpoint(thread: Thread): void {
  thread.run.journal.save(thread.frame);
  thread.run.journal.commit();
}

/** Extra members of `$states`: `result`, `errorOutput`; or of the context: `Map`, `Task`. */
export interface Extras {
  readonly result?: Json;
  readonly errorOutput?: Json;
  readonly token?: string;
  readonly item?: MapItem;
}

/** Evaluates a template of the current state. Throws `States.QueryEvaluationError`. */
export function evaluate(
  thread: Thread,
  template: Json,
  field: string,
  extras: Extras = {},
): Promise<Json> {
  const { run, frame } = thread;
  const item = extras.item ?? thread.item;
  const context = {
    ...run.context,
    State: {
      Name: frame.state,
      EnteredTime: new Date(frame.visit.entered).toISOString(),
      RetryCount: retryCount(frame),
    },
    ...(item && { Map: { Item: item } }),
    ...(extras.token !== undefined && { Task: { Token: extras.token } }),
  };
  const states = {
    input: frame.input,
    context,
    ...(extras.result !== undefined && { result: extras.result }),
    ...(extras.errorOutput !== undefined && { errorOutput: extras.errorOutput }),
  };
  return evaluateTemplate(template, field, {
    ...thread.outer,
    ...frame.variables,
    ...timeBindings(run.clock.now()),
    states,
  });
}

/** Retries of the present visit, all retriers together. */
export function retryCount(frame: Frame): number {
  return frame.visit.attempts.reduce((sum, count) => sum + count, 0);
}

/** An evaluated field that must be a number in its range. */
export async function evaluateNumber(
  thread: Thread,
  template: Json | undefined,
  field: string,
): Promise<number | undefined> {
  if (template === undefined) return undefined;
  const value = await evaluate(thread, template, field);
  const problem = numberProblem(field, value);
  if (problem === undefined) return value as number;
  throw new StateError(
    'States.QueryEvaluationError',
    `${field} of state '${thread.frame.state}' ${problem}, not ${JSON.stringify(value)}`,
  );
}

/** Throws `States.DataLimitExceeded` when a payload is above the limit. */
export function checkSize(value: Json, what: string): void {
  const text = JSON.stringify(value);
  // A UTF-16 unit is at most three bytes: short texts need no count.
  if (text.length * 3 <= PAYLOAD_LIMIT) return;
  if (Buffer.byteLength(text) > PAYLOAD_LIMIT) {
    throw new StateError('States.DataLimitExceeded', `${what} is above ${PAYLOAD_LIMIT} bytes`);
  }
}
