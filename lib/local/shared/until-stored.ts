import { pause } from './pause.ts';

/** Until what could not be stored is stored again. */
const RETRY_MS = 1000;

/**
 * Stores something as soon as it can be, on a full disk for example later: nobody hears of it before. `what` is
 * for the log. Rejects with the signal's reason when that comes first.
 */
export async function untilStored(
  what: string,
  store: () => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      return store();
    } catch (error) {
      console.error(`${what} cannot be stored yet:`, error);
      await pause(RETRY_MS, signal);
      signal.throwIfAborted();
    }
  }
}
