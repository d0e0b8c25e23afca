import { randomBytes } from 'node:crypto';
import { monotonicFactory } from 'ulid';

const monotonic = monotonicFactory();

/** A ULID that grows with time, also within one millisecond of one process. */
export const newId = (): string => monotonic();

/** 32 lower-case hex digits, the form of MLflow's run ids. */
export const newHexId = (): string => randomBytes(16).toString('hex');
