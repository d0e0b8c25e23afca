/** Milliseconds since the epoch; operations take it from their context so that tests can set it. */
export type Clock = () => number;

/** Asks anew each time: a test may have put another `Date` in place. */
export const systemClock: Clock = () => Date.now();
