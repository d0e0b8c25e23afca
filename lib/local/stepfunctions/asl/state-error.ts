/** A failure in the States Language: `error` is what Retry and Catch match. */
export class StateError extends Error {
  readonly error: string;
  override readonly cause: string;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.name = 'StateError';
    this.error = error;
    this.cause = cause;
  }
}

/** No wildcard matches these: they end the execution. */
const TERMINAL = new Set(['States.DataLimitExceeded', 'States.Runtime']);
const TIMEOUTS = new Set(['States.Timeout', 'States.HeartbeatTimeout']);

/**
 * Whether an `ErrorEquals` list covers an error name, with the wildcards of
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function matchesError(errorEquals: readonly string[], error: string): boolean {
  return errorEquals.some((name) => {
    if (name === error) return true;
    if (TERMINAL.has(error)) return false;
    if (name === 'States.ALL') return true;
    if (name === 'States.TaskFailed') return !TIMEOUTS.has(error);
    return name === 'States.Timeout' && error === 'States.HeartbeatTimeout';
  });
}

/** Anything thrown while a state ran, as the error that the execution sees. */
export function toStateError(thrown: unknown): StateError {
  if (thrown instanceof StateError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StateError('States.Runtime', message);
}
