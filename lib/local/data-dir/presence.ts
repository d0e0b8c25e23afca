import { statSync } from 'node:fs';
import { join } from 'node:path';
import { LOCK_FILE } from './lock.ts';

const LOOK_EVERY_MS = 1000;

/**
 * Tells when a directory that this process has is no longer at its place. Open files outlive their names, so
 * everything would go on being acknowledged, and be lost with the process. Returns how to stop looking.
 */
export function watchPresence(path: string, onGone: (error: Error) => void): () => void {
  const file = join(path, LOCK_FILE);
  const timer = setInterval(() => {
    if (!isGone(file)) return;
    clearInterval(timer);
    onGone(
      new Error(`${path} was removed or moved under the running host; what came since may be lost`),
    );
  }, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** A disk that cannot be asked just now is no answer. */
function isGone(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
