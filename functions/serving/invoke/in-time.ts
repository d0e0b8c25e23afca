import { setTimeout as pause } from 'node:timers/promises';

/** What comes first: the answer, or `late` after so many milliseconds. */
export async function inTime<T>(answer: Promise<T>, patienceMs: number, late: () => T): Promise<T> {
  const timer = new AbortController();
  const ended = pause(patienceMs, undefined, { signal: timer.signal }).then(late);
  // When the answer is there, nobody listens to the clock that is stopped.
  ended.catch(() => {});
  try {
    return await Promise.race([answer, ended]);
  } finally {
    timer.abort();
  }
}
