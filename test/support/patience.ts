/**
 * Milliseconds for which a test waits for what must come: much longer than a machine takes that is slow and
 * busy, so that only what never comes is missed. What is there is not waited for.
 */
export const PATIENCE_MS = 120_000;

/** Milliseconds that a whole test may take, with several waits in it: a limit that only a hang reaches. */
export const TEST_TIMEOUT_MS = 4 * PATIENCE_MS;
