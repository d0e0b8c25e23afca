import type { Json } from '../../../lib/local/stepfunctions/asl/definition.ts';
import { StateError } from '../../../lib/local/stepfunctions/asl/state-error.ts';
import type { CallTask, TaskCall } from '../../../lib/local/stepfunctions/engine/run.ts';
import type { VirtualClock } from './virtual-clock.ts';

const HANGS = Symbol('hangs');

interface Timed {
  readonly [HANGS]: number;
  readonly result?: Json;
}

/** What a stub gets besides the task's arguments. */
type StubCall = Pick<TaskCall, 'state' | 'resource' | 'token'>;

/** A result, `fails(…)`, `takes(…)`, `hangs`, or a function that answers or throws one of them. */
export type TaskStub =
  | Json
  | StateError
  | Timed
  | ((input: never, call: StubCall) => unknown | Promise<unknown>);

/** Stubs by state name, or by resource for all states that call it. */
export type TaskStubs = Readonly<Record<string, TaskStub>>;

/** What a task gets of a Lambda function that answers `value`. */
export const payload = (value: Json) => ({ Payload: value, StatusCode: 200 });

/** The task fails with an error that Retry and Catch can match. */
export function fails(error: string, cause = ''): StateError {
  return new StateError(error, cause);
}

/** The task answers after so many seconds of the machine's own time. */
export function takes(seconds: number, result: Json = null): Timed {
  return { [HANGS]: seconds * 1000, result };
}

/** The task never answers. */
export const hangs: Timed = { [HANGS]: Number.POSITIVE_INFINITY };

/** Another stub for each call in turn; the last one for all further calls. */
export function inTurn(...stubs: readonly TaskStub[]): TaskStub {
  let at = 0;
  return (input: never, call: StubCall) => {
    const stub = stubs[Math.min(at, stubs.length - 1)];
    at += 1;
    return typeof stub === 'function' ? stub(input, call) : stub;
  };
}

/** Answers tasks from stubs. A task without one fails the run with a plain Error. */
export function stubbedCall(
  stubs: TaskStubs,
  clock: VirtualClock,
  missing: (error: Error) => void,
): CallTask {
  return async (call) => {
    const stub = Object.hasOwn(stubs, call.state) ? stubs[call.state] : stubs[call.resource];
    if (stub === undefined) {
      const error = new Error(`No stub for state "${call.state}" (${call.resource})`);
      missing(error);
      throw error;
    }
    const answer =
      typeof stub === 'function'
        ? await clock.during(async () => stub(call.arguments as never, call))
        : stub;
    if (answer instanceof StateError) throw answer;
    if (!isTimed(answer)) return (answer ?? null) as Json;
    await clock.sleepUntil(clock.now() + answer[HANGS], call.signal);
    return answer.result ?? null;
  };
}

function isTimed(answer: unknown): answer is Timed {
  return answer !== null && typeof answer === 'object' && HANGS in answer;
}
