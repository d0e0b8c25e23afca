/** A mistake of the person at the terminal: printed in one line, exit 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Does the work; what it throws is a mistake of the person, told by the first line of its message. */
export function orUsageError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('\n')[0] ?? '') : '');
  }
}
