import type { ChoiceState, Exit, FailState, Json, WaitState } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import { evaluate, evaluateNumber, type Thread } from './thread.ts';

/** What a state made; `exit` when not the state itself but a choice rule says where to go. */
export interface StateResult {
  readonly result: Json;
  readonly exit?: Exit;
}

/** Pass and Succeed do nothing but what their Output says. */
export async function runPass(thread: Thread): Promise<StateResult> {
  return { result: thread.frame.input };
}

export async function runChoice(thread: Thread, state: ChoiceState): Promise<StateResult> {
  const result = thread.frame.input;
  for (const [index, rule] of state.Choices.entries()) {
    const answer = await evaluate(thread, rule.Condition, `Choices[${index}]/Condition`);
    if (typeof answer !== 'boolean') {
      throw new StateError(
        'States.QueryEvaluationError',
        `Choices[${index}]/Condition of state '${thread.frame.state}' must be true or false, not ${JSON.stringify(answer)}`,
      );
    }
    if (answer) return { result, exit: rule };
  }
  if (state.Default === undefined) {
    throw new StateError(
      'States.NoChoiceMatched',
      `No choice of state '${thread.frame.state}' matched, and it has no Default`,
    );
  }
  return { result, exit: exitOf(state, state.Default) };
}

function exitOf(state: ChoiceState, next: string): Exit {
  return {
    Next: next,
    ...(state.Assign && { Assign: state.Assign }),
    ...(state.Output !== undefined && { Output: state.Output }),
  };
}

/** The end is reckoned once, and kept: a restart does not wait again. */
export async function runWait(
  thread: Thread,
  state: WaitState,
  signal: AbortSignal,
): Promise<StateResult> {
  const { frame, run } = thread;
  if (frame.visit.wakeAt === undefined) {
    frame.visit.wakeAt = await endOfWait(thread, state);
    run.journal.save(frame);
    run.journal.commit();
  }
  await run.clock.sleepUntil(frame.visit.wakeAt, signal);
  return { result: frame.input };
}

async function endOfWait(thread: Thread, state: WaitState): Promise<number> {
  const seconds = await evaluateNumber(thread, state.Seconds, 'Seconds');
  if (seconds !== undefined) return thread.frame.visit.entered + seconds * 1000;
  const timestamp = await evaluate(thread, state.Timestamp ?? null, 'Timestamp');
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  if (Number.isFinite(time)) return time;
  throw new StateError(
    'States.QueryEvaluationError',
    `Timestamp of state '${thread.frame.state}' is no ISO 8601 time: ${JSON.stringify(timestamp)}`,
  );
}

export async function runFail(thread: Thread, state: FailState): Promise<never> {
  const error = await evaluate(thread, state.Error ?? '', 'Error');
  const cause = await evaluate(thread, state.Cause ?? '', 'Cause');
  throw new StateError(textOf(error), textOf(cause));
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
