import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** After the ready line, so that nobody waits for it. */
const AFTER_MS = 1000;

/**
 * Gives back what the start has left in memory: 25 MB that V8 otherwise keeps until there is a use for it.
 * Takes some 50 ms, once. The inspector's way to ask for it can deadlock when its session is closed.
 */
export function collectGarbageSoon(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as NodeJS.GCFunction;
    setFlagsFromString('--no-expose-gc');
    // An ordinary collection leaves the young generation as large as it has become.
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }, AFTER_MS).unref();
}
