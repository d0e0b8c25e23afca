import { DAY_MS } from '../../shared/duration.ts';

/** An open span to which nothing came for so long is forgotten. */
const KEPT_DAYS = 90;

/** Epoch seconds until which an open span is kept; `now` is when something last came to it. */
export const openUntil = (now: number): number => Math.floor((now + KEPT_DAYS * DAY_MS) / 1000);
