import type { Exit, Json, JsonObject, Recovery, State } from '../asl/definition.ts';
import { matchesError, StateError, toStateError } from '../asl/state-error.ts';
import type { Frame } from './frame.ts';
import { runMap } from './map-state.ts';
import { runParallel } from './parallel-state.ts';
import { decideRetry } from './retry.ts';
import { Ended, Suspended } from './run.ts';
import { runChoice, runFail, runPass, runWait, type StateResult } from './simple-states.ts';
import { runTask } from './task-state.ts';
import {
  checkpoint,
  checkSize,
  currentState,
  type Extras,
  evaluate,
  record,
  type Thread,
} from './thread.ts';

/** Events that one execution may have; AWS ends it there. */
const HISTORY_LIMIT = 25_000;

/**
 * Runs a thread from where its frame stands to its end and answers its output. Rejects with a
 * StateError when it fails, with the signal's reason when it is stopped.
 */
export async function execute(thread: Thread, signal: AbortSignal): Promise<Json> {
  const { frame } = thread;
  if (frame.status === 'PENDING') {
    frame.status = 'RUNNING';
    enter(thread, frame.state, frame.input);
  }
  for (;;) {
    signal.throwIfAborted();
    const exit = await visit(thread, signal);
    const type = currentState(thread).Type;
    record(thread, `${type}StateExited`, {
      stateExitedEventDetails: {
        name: frame.state,
        output: JSON.stringify(exit.output),
        ...(exit.assigned && { assignedVariables: textValues(exit.assigned) }),
      },
    });
    if (exit.assigned) frame.variables = { ...frame.variables, ...exit.assigned };
    if (exit.next === undefined) return exit.output;
    if (thread.run.journal.length >= HISTORY_LIMIT) {
      throw new StateError(
        'States.Runtime',
        `The execution reached the maximum number of history events (${HISTORY_LIMIT}).`,
      );
    }
    enter(thread, exit.next, exit.output);
  }
}

/** A frame about to run its first state. */
export function newFrame(path: string, state: string, input: Json, item?: Frame['item']): Frame {
  return {
    path,
    status: 'PENDING',
    state,
    input,
    variables: {},
    visit: { entered: 0, sequence: 0, attempts: [] },
    ...(item && { item }),
    lastEvent: 0,
  };
}

function enter(thread: Thread, state: string, input: Json): void {
  const { frame, run } = thread;
  if (frame.visit.children !== undefined) run.journal.removeChildren(frame.path);
  frame.state = state;
  frame.input = input;
  frame.visit = {
    entered: run.clock.now(),
    sequence: frame.visit.sequence + 1,
    attempts: [],
  };
  record(thread, `${currentState(thread).Type}StateEntered`, {
    stateEnteredEventDetails: { name: state, input: JSON.stringify(input) },
  });
  checkpoint(thread);
}

interface Departure {
  readonly next: string | undefined;
  readonly output: Json;
  readonly assigned: JsonObject | undefined;
}

/** Runs the current state, with its retries and catchers. */
async function visit(thread: Thread, signal: AbortSignal): Promise<Departure> {
  const state = currentState(thread);
  const recovery = recoveryOf(state);
  for (;;) {
    try {
      await waitForRetry(thread, signal);
      const result = await runState(thread, state, signal);
      return await depart(thread, result.exit ?? state, result.result, {
        result: result.result,
      });
    } catch (thrown) {
      if (thrown instanceof Suspended || thrown instanceof Ended || signal.aborted) throw thrown;
      const failure = toStateError(thrown);
      if (failure.error === 'States.QueryEvaluationError') {
        record(thread, 'EvaluationFailed', {
          evaluationFailedEventDetails: {
            error: failure.error,
            cause: failure.cause,
            state: thread.frame.state,
          },
        });
      }
      if (scheduleRetry(thread, recovery, failure)) continue;
      const catcher = recovery.Catch?.find((rule) =>
        matchesFailure(rule.ErrorEquals, failure, state),
      );
      if (!catcher) throw failure;
      const errorOutput = { Error: failure.error, Cause: failure.cause };
      return await depart(thread, catcher, errorOutput, { errorOutput });
    }
  }
}

function runState(thread: Thread, state: State, signal: AbortSignal): Promise<StateResult> {
  switch (state.Type) {
    case 'Pass':
    case 'Succeed':
      return runPass(thread);
    case 'Choice':
      return runChoice(thread, state);
    case 'Wait':
      return runWait(thread, state, signal);
    case 'Fail':
      return runFail(thread, state);
    case 'Task':
      return runTask(thread, state, signal);
    case 'Parallel':
      return runParallel(thread, state, signal);
    case 'Map':
      return runMap(thread, state, signal);
  }
}

/** Assign and Output both see the variables as they were when the state began. */
async function depart(
  thread: Thread,
  exit: Exit,
  fallback: Json,
  extras: Extras,
): Promise<Departure> {
  const output =
    exit.Output === undefined ? fallback : await evaluate(thread, exit.Output, 'Output', extras);
  checkSize(output, `The output of state '${thread.frame.state}'`);
  let assigned: JsonObject | undefined;
  if (exit.Assign) {
    assigned = (await evaluate(thread, exit.Assign, 'Assign', extras)) as JsonObject;
    checkSize(assigned, `What state '${thread.frame.state}' assigns`);
  }
  return { next: exit.Next, output, assigned };
}

function recoveryOf(state: State): Recovery {
  return state.Type === 'Task' || state.Type === 'Parallel' || state.Type === 'Map' ? state : {};
}

function scheduleRetry(thread: Thread, recovery: Recovery, failure: StateError): boolean {
  const { frame, run } = thread;
  const { Retry: retriers = [] } = recovery;
  const decision = decideRetry(retriers, frame.visit.attempts, failure.error, run.random);
  if (!decision) return false;
  if (frame.visit.children !== undefined) run.journal.removeChildren(frame.path);
  const made = frame.visit.attempts;
  const attempts = retriers.map((_, i) => (made[i] ?? 0) + (i === decision.retrier ? 1 : 0));
  frame.visit = {
    entered: frame.visit.entered,
    sequence: frame.visit.sequence,
    attempts,
    retryAt: run.clock.now() + decision.delaySeconds * 1000,
  };
  checkpoint(thread);
  return true;
}

async function waitForRetry(thread: Thread, signal: AbortSignal): Promise<void> {
  const { visit } = thread.frame;
  if (visit.retryAt === undefined) return;
  await thread.run.clock.sleepUntil(visit.retryAt, signal);
  delete visit.retryAt;
}

function matchesFailure(names: readonly string[], failure: StateError, state: State): boolean {
  if (matchesError(names, failure.error)) return true;
  return state.Type === 'Parallel' && names.includes('States.BranchFailed');
}

function textValues(variables: JsonObject): Record<string, string> {
  const entries = Object.entries(variables).map(([name, value]) => [name, JSON.stringify(value)]);
  return Object.fromEntries(entries);
}
