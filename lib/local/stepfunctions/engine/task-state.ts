import { randomBytes } from 'node:crypto';
import type { Json, TaskState } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import { EXPIRED, withDeadline } from './clock.ts';
import type { StateResult } from './simple-states.ts';
import { taskEvents } from './task-events.ts';
import {
  checkpoint,
  checkSize,
  evaluate,
  evaluateNumber,
  retryCount,
  type Thread,
} from './thread.ts';

const TOKEN_SUFFIX = '.waitForTaskToken';

/** Calls the task's resource and, for `.waitForTaskToken`, waits for the token to come back. */
export async function runTask(
  thread: Thread,
  state: TaskState,
  signal: AbortSignal,
): Promise<StateResult> {
  const { run, frame } = thread;
  const { visit } = frame;
  const waits = state.Resource.endsWith(TOKEN_SUFFIX);
  const events = taskEvents(thread, state.Resource);
  if (waits && visit.token === undefined) {
    visit.token = randomBytes(48).toString('base64url');
    run.journal.openToken(visit.token, run.clock.now());
  }
  const timeout = await evaluateNumber(thread, state.TimeoutSeconds, 'TimeoutSeconds');
  const heartbeat = await evaluateNumber(thread, state.HeartbeatSeconds, 'HeartbeatSeconds');
  // A token that somebody already has keeps its time limit; anything else starts over.
  visit.startedAt = visit.submitted ? (visit.startedAt ?? run.clock.now()) : run.clock.now();
  const deadline = timeout === undefined ? undefined : visit.startedAt + timeout * 1000;
  try {
    if (!visit.submitted) {
      const output = await submit(thread, state, deadline, { timeout, heartbeat }, signal);
      if (!waits) return { result: finish(thread, output, events) };
      visit.submitted = true;
      events.submitted(output);
      checkpoint(thread);
    }
    const answer = await awaitToken(thread, deadline, heartbeat, signal);
    return { result: finish(thread, answer, events) };
  } catch (error) {
    // What an expression did wrong has an event of its own.
    const called = error instanceof StateError && error.error !== 'States.QueryEvaluationError';
    if (called) events.failed(error);
    throw error;
  } finally {
    // Only a stop of the host leaves the token open: then it is still good after the restart.
    if (visit.token !== undefined && !signal.aborted) run.journal.closeToken(visit.token);
  }
}

async function submit(
  thread: Thread,
  state: TaskState,
  deadline: number | undefined,
  limits: { readonly timeout: number | undefined; readonly heartbeat: number | undefined },
  signal: AbortSignal,
): Promise<Json> {
  const { run, frame } = thread;
  const { visit } = frame;
  const input =
    state.Arguments === undefined
      ? frame.input
      : await evaluate(thread, state.Arguments, 'Arguments', {
          ...(visit.token !== undefined && { token: visit.token }),
        });
  checkSize(input, `The arguments of state '${frame.state}'`);
  taskEvents(thread, state.Resource).scheduled(input, limits);
  checkpoint(thread);
  const output = await withDeadline(run.clock, deadline, signal, (inner) =>
    run.call({
      state: frame.state,
      resource: state.Resource,
      arguments: input,
      key: `${thread.key}:${visit.sequence}.${retryCount(frame)}`,
      ...(visit.token !== undefined && { token: visit.token }),
      signal: inner,
    }),
  );
  if (output === EXPIRED) throw timedOut(frame.state);
  return output;
}

async function awaitToken(
  thread: Thread,
  deadline: number | undefined,
  heartbeatSeconds: number | undefined,
  signal: AbortSignal,
): Promise<Json> {
  const { run, frame } = thread;
  const token = frame.visit.token ?? '';
  const began = frame.visit.startedAt ?? run.clock.now();
  for (;;) {
    const beat = run.tokens.lastHeartbeat(token) ?? began;
    const silence = heartbeatSeconds === undefined ? undefined : beat + heartbeatSeconds * 1000;
    const next = Math.min(deadline ?? Infinity, silence ?? Infinity);
    const answer = await withDeadline(
      run.clock,
      Number.isFinite(next) ? next : undefined,
      signal,
      (inner) => run.tokens.answer(token, inner),
    );
    if (answer !== EXPIRED) return answer;
    if (deadline !== undefined && run.clock.now() >= deadline) throw timedOut(frame.state);
    if ((run.tokens.lastHeartbeat(token) ?? began) === beat) {
      throw new StateError(
        'States.HeartbeatTimeout',
        `State '${frame.state}' had no heartbeat for ${heartbeatSeconds} s`,
      );
    }
  }
}

function finish(thread: Thread, output: Json, events: ReturnType<typeof taskEvents>): Json {
  checkSize(output, `The result of state '${thread.frame.state}'`);
  events.succeeded(output);
  return output;
}

function timedOut(state: string): StateError {
  return new StateError('States.Timeout', `State '${state}' took longer than its TimeoutSeconds`);
}
