/** Time as the engine sees it; tests put a clock of their own in its place. Milliseconds. */
export interface Clock {
  now(): number;
  /** Resolves at or after `time`; rejects with the signal's reason when that comes first. */
  sleepUntil(time: number, signal: AbortSignal): Promise<void>;
}

/** The longest delay that setTimeout keeps; beyond it fires at once. */
const MAX_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleepUntil: (time, signal) =>
    new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const stop = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const wait = () => {
        const left = time - Date.now();
        if (left > 0) {
          timer = setTimeout(wait, Math.min(left, MAX_TIMER));
          return;
        }
        signal.removeEventListener('abort', stop);
        resolve();
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      wait();
    }),
};

/** What `withDeadline` answers when time ran out first. */
export const EXPIRED = Symbol('expired');

/**
 * Runs `work` until it settles, the deadline passes (EXPIRED) or the signal aborts (rejects with
 * its reason). `work` gets a signal that tells it to give up in the last two cases.
 */
export async function withDeadline<T>(
  clock: Clock,
  deadline: number | undefined,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | typeof EXPIRED> {
  signal.throwIfAborted();
  const inner = new AbortController();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    inner.abort(signal.reason);
    reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const contenders: Promise<T | typeof EXPIRED>[] = [work(inner.signal), aborted];
  const timer = new AbortController();
  if (deadline !== undefined) {
    contenders.push(clock.sleepUntil(deadline, timer.signal).then(() => EXPIRED));
  }
  // A loser of the race may fail later, which concerns nobody.
  for (const contender of contenders) contender.catch(() => undefined);
  try {
    const winner = await Promise.race(contenders);
    if (winner === EXPIRED) inner.abort(EXPIRED);
    return winner;
  } finally {
    signal.removeEventListener('abort', onAbort);
    timer.abort(EXPIRED);
  }
}
