import { DAY_MS } from '../../shared/duration.ts';

/** A span without news for so long is not looked at any more. */
const KEPT_DAYS = 90;

/** Epoch seconds until which an open span is kept, from its last news on. */
export const openUntil = (now: number): number => Math.floor((now + KEPT_DAYS * DAY_MS) / 1000);
