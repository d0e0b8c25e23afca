/** The door of the promotion domain: its statistics. */
export { placements } from './statistics/delong.ts';
export { normalQuantile } from './statistics/normal.ts';
