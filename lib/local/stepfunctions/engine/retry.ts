import type { Retrier } from '../asl/definition.ts';
import { matchesError } from '../asl/state-error.ts';

interface RetryDecision {
  /** Index of the retrier that took the error. */
  readonly retrier: number;
  readonly delaySeconds: number;
}

/**
 * Whether and when a state that failed runs again. `attempts` counts the retries that each retrier
 * has made during this visit of the state. Defaults as in the States Language: 1 s, 3 attempts,
 * backoff rate 2. FULL jitter draws evenly between zero and the delay.
 * https://states-language.net/spec.html#errors
 */
export function decideRetry(
  retriers: readonly Retrier[],
  attempts: readonly number[],
  error: string,
  random: () => number,
): RetryDecision | undefined {
  const index = retriers.findIndex((retrier) => matchesError(retrier.ErrorEquals, error));
  const retrier = retriers[index];
  if (!retrier) return undefined;
  const made = attempts[index] ?? 0;
  if (made >= (retrier.MaxAttempts ?? 3)) return undefined;
  const interval = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** made;
  const delay = Math.min(interval, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return {
    retrier: index,
    delaySeconds: retrier.JitterStrategy === 'FULL' ? delay * random() : delay,
  };
}
