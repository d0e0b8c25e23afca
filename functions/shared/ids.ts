import { randomBytes } from 'node:crypto';
import { decodeTime, monotonicFactory } from 'ulid';

const monotonic = monotonicFactory();

/** A ULID that grows with time, also within one millisecond of one process. */
export const newId = (): string => monotonic();

/** When an id of `newId` was made, in epoch milliseconds. */
export const timeOfId = (id: string): number => decodeTime(id);

/** 32 lower-case hex digits, the form of MLflow's run ids. */
export const newHexId = (): string => randomBytes(16).toString('hex');
