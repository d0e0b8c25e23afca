import type { Json, JsonObject } from '../asl/definition.ts';
import type { Clock } from './clock.ts';
import type { Journal } from './journal.ts';

/** What a Task asks an integration to do. */
export interface TaskCall {
  readonly state: string;
  readonly resource: string;
  readonly arguments: Json;
  /**
   * The same when a restart repeats the call, different for every retry: what makes a job or an
   * execution that the call starts be found again.
   */
  readonly key: string;
  readonly token?: string;
  /** Aborted with `Suspended` when the host stops; any other reason means: stop the work itself. */
  readonly signal: AbortSignal;
}

/** Performs a call. Rejects with a StateError whose name Retry and Catch can match. */
export type CallTask = (call: TaskCall) => Promise<Json>;

/** Task tokens that are out: the interpreter waits for their answers here. */
export interface TokenDesk {
  /** Resolves with the output given to SendTaskSuccess, rejects with the error of SendTaskFailure. */
  answer(token: string, signal: AbortSignal): Promise<Json>;
  /** Time of the newest sign of life, in milliseconds. */
  lastHeartbeat(token: string): number | undefined;
}

/** One execution on its way. */
export interface Run {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly call: CallTask;
  readonly tokens: TokenDesk;
  readonly random: () => number;
  /** `Execution` and `StateMachine` of the context object. */
  readonly context: {
    readonly Execution: JsonObject & { readonly Id: string };
    readonly StateMachine: JsonObject & { readonly Id: string };
  };
}

/** The host stops: whatever runs stays as the journal has it and goes on at the next start. */
export class Suspended extends Error {
  override readonly name = 'Suspended';
}

/**
 * The journal could not be written, for example because the disk is full: to the execution as if the
 * host stopped, for what the journal does not hold has not happened.
 */
export class JournalFailed extends Suspended {}

/** The execution ends by StopExecution or by its own time limit. */
export class Ended extends Error {
  override readonly name = 'Ended';
  readonly status: 'ABORTED' | 'TIMED_OUT';
  readonly error: string | undefined;
  override readonly cause: string | undefined;

  constructor(status: 'ABORTED' | 'TIMED_OUT', error?: string, cause?: string) {
    super(`The execution was ${status}`);
    this.status = status;
    this.error = error;
    this.cause = cause;
  }
}
