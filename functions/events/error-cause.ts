/**
 * A sentence for what a state machine caught: a failed function's cause is JSON with its message,
 * a timeout has none.
 */
export function errorCause(error: string, cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: string };
    if (errorMessage) return `${error}: ${errorMessage}`;
  } catch {
    // Not JSON: a plain text.
  }
  return cause === '' ? error : `${error}: ${cause}`;
}
