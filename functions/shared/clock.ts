/** Milliseconds since the epoch; operations take it from their context so that tests can set it. */
export type Clock = () => number;

export const systemClock: Clock = Date.now;
